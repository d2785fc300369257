package example;

import com.alibaba.rocketmq.common.filter.MessageFilter;
import com.alibaba.rocketmq.common.message.MessageExt;

/** Delivers the messages whose property SequenceId is divisible by 3 and greater than 10. */
public class MessageFilterImpl implements MessageFilter {
  @Override
  public boolean match(MessageExt msg) {
    String property = msg.getUserProperty("SequenceId");
    if (property == null) return false;
    int id = Integer.parseInt(property);
    return id % 3 == 0 && id > 10;
  }
}
