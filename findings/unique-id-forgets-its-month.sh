#!/bin/bash
# The unique message id of the Java client 4.9.8 holds the milliseconds since the start of some month, not which month.
#
# getNearlyTimeFromID() puts it into the current month, or the one before when that would lie in the future. An id that is
# three months old is placed in this month, so queries by unique key that take their range of time from the id look in the wrong place.
source "$(dirname "$0")/lib.sh"

maven_classpath org.apache.rocketmq:rocketmq-client:4.9.8
cat >"$work/Month.java" <<'J'
import java.util.Calendar;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
public class Month {
  public static void main(String[] args) {
    Calendar now = Calendar.getInstance();
    Calendar old = (Calendar) now.clone();
    old.set(Calendar.DAY_OF_MONTH, 1);
    old.add(Calendar.MONTH, -3);
    old.set(Calendar.HOUR_OF_DAY, 0);
    old.set(Calendar.MINUTE, 0);
    old.set(Calendar.SECOND, 1);
    old.set(Calendar.MILLISECOND, 0);
    // As the client makes it: address, process, class loader, milliseconds since the month began, counter.
    String id = String.format("7F000001%04X%08X%08X%04X", 1, 1, 1000, 1);
    Calendar told = Calendar.getInstance();
    told.setTime(MessageClientIDSetter.getNearlyTimeFromID(id));
    int months = (told.get(Calendar.YEAR) - old.get(Calendar.YEAR)) * 12 + told.get(Calendar.MONTH) - old.get(Calendar.MONTH);
    System.out.println("an id made one second after a month began, three months ago, is told to be " + months + " months younger");
  }
}
J
expect 'rocketmq-client 4.9.8' "$(run_java Month)" 'an id made one second after a month began, three months ago, is told to be 3 months younger'
