#!/bin/bash
# In the SQL92 filter of RocketMQ 5.5.0 a missing property is unknown on the left of a comparison and a value on its right.
#
# `a <> gone` is true where `gone <> a` is unknown (not delivered), though both say the same. `gone = missing` is true.
# An OR is decided from the left as well: a property that is no number fails the whole expression, unless the left side
# was true already.
source "$(dirname "$0")/lib.sh"

maven_classpath org.apache.rocketmq:rocketmq-filter:5.5.0
cat >"$work/Sides.java" <<'J'
import java.util.HashMap;
import java.util.Map;
import org.apache.rocketmq.filter.expression.EvaluationContext;
import org.apache.rocketmq.filter.parser.SelectorParser;
public class Sides {
  public static void main(String[] args) throws Exception {
    Map<String, Object> properties = new HashMap<>(Map.of("a", "5", "text", "abc"));
    EvaluationContext context = new EvaluationContext() {
      public Object get(String name) { return properties.get(name); }
      public Map<String, Object> keyValues() { return properties; }
    };
    for (String text : new String[] {"a <> gone", "gone <> a", "a = gone", "gone = a", "gone = missing", "a > 3 OR text > 3", "text > 3 OR a > 3"}) {
      String outcome;
      try {
        outcome = String.valueOf(SelectorParser.parse(text).evaluate(context));
      } catch (RuntimeException e) {
        outcome = "error";
      }
      System.out.println(text + " -> " + outcome);
    }
  }
}
J
expect 'rocketmq-filter 5.5.0, a message with a=5 and text=abc' "$(run_java Sides)" 'a <> gone -> true
gone <> a -> null
a = gone -> false
gone = a -> null
gone = missing -> true
a > 3 OR text > 3 -> true
text > 3 OR a > 3 -> error'
