#!/bin/bash
# What the Java client writes as JSON is not JSON where a map has integer keys: 4.9.8 and 5.5.0 leave them without quotes.
#
# config/consumerOffset.json, delayOffset.json and several bodies hold such maps. Python's json module refuses them, and so
# do other strict parsers; a monitoring script that reads the files has to quote the keys first.
source "$(dirname "$0")/lib.sh"

program() {
  cat <<'J'
import java.util.TreeMap;
import org.apache.rocketmq.remoting.protocol.RemotingSerializable;
public class Keys {
  public static class Offsets extends RemotingSerializable {
    private TreeMap<Integer, Long> offsetTable = new TreeMap<>();
    public TreeMap<Integer, Long> getOffsetTable() { return offsetTable; }
  }
  public static void main(String[] args) {
    Offsets offsets = new Offsets();
    offsets.getOffsetTable().put(3, 35L);
    System.out.println(offsets.toJson());
  }
}
J
}

for version in 4.9.8 5.5.0; do
  maven_classpath "org.apache.rocketmq:rocketmq-remoting:$version"
  program >"$work/Keys.java"
  text=$(run_java Keys)
  expect "rocketmq-remoting $version" "$text" '{"offsetTable":{3:35}}'
  expect "Python's json module reads it" "$(python3 -c 'import json, sys
try:
    print(json.loads(sys.argv[1]))
except json.JSONDecodeError as error:
    print("refused:", error.msg)' "$text")" 'refused: Expecting property name enclosed in double quotes'
done
