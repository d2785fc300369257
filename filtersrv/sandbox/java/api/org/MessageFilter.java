package org.apache.rocketmq.common.filter;

import org.apache.rocketmq.common.message.MessageExt;

/** A filter of clients from 4.0. */
public interface MessageFilter {
  /** True if the consumer is to get the message. */
  boolean match(MessageExt msg, FilterContext context);
}
