#!/bin/bash
# The Go client 2.1.2 hands a body that the Java client 4.9.8 compressed with ZSTD to the listener as it came, without an error.
#
# Bits 8 to 10 of a record's sysFlag name the compression (1 LZ4, 2 ZSTD, 3 ZLIB, 0 ZLIB of older clients). The Go client does not
# look at them: it tries zlib on every body with the compressed bit, and where that fails delivers the compressed bytes.
source "$(dirname "$0")/lib.sh"

maven_classpath org.apache.rocketmq:rocketmq-client:4.9.8
cat >"$work/Record.java" <<'J'
import java.net.InetSocketAddress;
import java.util.HexFormat;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.compression.CompressorFactory;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
public class Record {
  public static void main(String[] args) throws Exception {
    for (CompressionType type : new CompressionType[] {CompressionType.ZLIB, CompressionType.ZSTD}) {
      MessageExt message = new MessageExt();
      message.setTopic("Orders");
      message.setBody(CompressorFactory.getCompressor(type).compress("order 1001 paid; ".repeat(20).getBytes(), 5));
      message.setSysFlag(1 | type.getCompressionFlag());
      message.setBornHost(new InetSocketAddress("127.0.0.1", 1));
      message.setStoreHost(new InetSocketAddress("127.0.0.1", 10911));
      System.out.println(type + " " + HexFormat.of().formatHex(MessageDecoder.encode(message, false)));
    }
  }
}
J
run_java Record >"$work/records"

go_module github.com/apache/rocketmq-client-go/v2@v2.1.2 <<'G'
package main

import (
	"encoding/hex"
	"fmt"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"os"
	"strings"
)

func main() {
	records, _ := os.ReadFile("../records")
	for _, line := range strings.Split(strings.TrimSpace(string(records)), "\n") {
		fields := strings.Fields(line)
		record, _ := hex.DecodeString(fields[1])
		for _, message := range primitive.DecodeMessage(record) {
			fmt.Println(fields[0], "starts with the text:", strings.HasPrefix(string(message.Body), "order 1001"))
		}
	}
}
G
expect 'records of rocketmq-client 4.9.8 read by rocketmq-client-go 2.1.2' "$(run_go)" 'ZLIB starts with the text: true
ZSTD starts with the text: false'
