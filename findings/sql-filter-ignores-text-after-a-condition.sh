#!/bin/bash
# The SQL92 filter of RocketMQ 5.5.0 takes the longest condition at the start of the text and silently ignores the rest.
#
# `a = 5 b = 6` filters by `a = 5` alone. `a = 05` is read as `a = 0`, since no integer starts with a zero; `a > 04` as `a > 0`.
# `b LIKE 'x'` is the bare property `b`, which is never true. None of them is an error at the subscription, so a consumer that
# expects LIKE receives no message and no error.
source "$(dirname "$0")/lib.sh"

maven_classpath org.apache.rocketmq:rocketmq-filter:5.5.0
cat >"$work/Rest.java" <<'J'
import java.util.Map;
import org.apache.rocketmq.filter.expression.EvaluationContext;
import org.apache.rocketmq.filter.parser.SelectorParser;
public class Rest {
  public static void main(String[] args) throws Exception {
    Map<String, Object> properties = Map.of("a", "5", "b", "x");
    EvaluationContext context = new EvaluationContext() {
      public Object get(String name) { return properties.get(name); }
      public Map<String, Object> keyValues() { return properties; }
    };
    for (String text : new String[] {"a = 5 b = 6", "a = 5)", "a = 05", "a > 04", "a < 06", "b LIKE 'x'"}) {
      System.out.println(text + " -> " + SelectorParser.parse(text).evaluate(context));
    }
  }
}
J
expect 'rocketmq-filter 5.5.0, a message with a=5 and b=x' "$(run_java Rest)" "a = 5 b = 6 -> true
a = 5) -> true
a = 05 -> false
a > 04 -> true
a < 06 -> false
b LIKE 'x' -> false"
