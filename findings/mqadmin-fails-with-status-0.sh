#!/bin/bash
# The Java mqadmin 4.9.8 ends with status 0 when its command failed, so a shell script does not notice.
#
# `topicRoute` without a reachable name server prints a stack trace and succeeds, as far as the shell knows. The trace goes
# to standard error; standard output stays empty.
source "$(dirname "$0")/lib.sh"

maven_classpath org.apache.rocketmq:rocketmq-tools:4.9.8
mkdir -p "$work/conf"
echo '<configuration/>' >"$work/conf/logback_tools.xml"
status=0
java -Duser.home="$work" -Drocketmq.home.dir="$work" -cp "$work/jars/*" org.apache.rocketmq.tools.command.MQAdminStartup \
  topicRoute -n 127.0.0.1:1 -t TopicTest >"$work/out" 2>"$work/err" || status=$?
expect 'rocketmq-tools 4.9.8, nothing listens at the address' "status $status, trace $(grep -c 'RemotingConnectException' "$work/err" | sed 's/[1-9][0-9]*/yes/')" 'status 0, trace yes'
