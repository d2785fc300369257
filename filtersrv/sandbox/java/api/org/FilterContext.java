package org.apache.rocketmq.common.filter;

/** Whose filter it is. */
public class FilterContext {
  private String consumerGroup;

  public String getConsumerGroup() {
    return consumerGroup;
  }

  public void setConsumerGroup(String consumerGroup) {
    this.consumerGroup = consumerGroup;
  }
}
