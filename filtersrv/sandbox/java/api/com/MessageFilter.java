package com.alibaba.rocketmq.common.filter;

import com.alibaba.rocketmq.common.message.MessageExt;

/** A filter of clients up to 3.x. */
public interface MessageFilter {
  /** True if the consumer is to get the message. */
  boolean match(MessageExt msg);
}
