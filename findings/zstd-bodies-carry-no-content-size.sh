#!/bin/bash
# ZSTD bodies of the Java client 4.9.8 do not say how long their content is, so one-shot decompressors refuse them.
#
# The client writes them through zstd-jni's stream, whose frame header has no content size. python-zstandard 0.23.0
# refuses such a frame in decompress() and takes it as a stream. A consumer must decompress as a stream with a limit of its own.
source "$(dirname "$0")/lib.sh"

maven_classpath org.apache.rocketmq:rocketmq-client:4.9.8
cat >"$work/Compress.java" <<'J'
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.compression.CompressorFactory;
public class Compress {
  public static void main(String[] args) throws Exception {
    byte[] body = "order 1001 paid; ".repeat(20).getBytes();
    Files.write(Path.of(args[0]), CompressorFactory.getCompressor(CompressionType.ZSTD).compress(body, 5));
  }
}
J
run_java Compress "$work/body.zst"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install zstandard==0.23.0
expect 'rocketmq-client 4.9.8 read by zstandard 0.23.0' "$("$work/venv/bin/python" - "$work/body.zst" <<'P'
import sys
import zstandard

body = open(sys.argv[1], "rb").read()
size = zstandard.get_frame_parameters(body).content_size
print("content size", "unknown" if size == zstandard.CONTENTSIZE_UNKNOWN else size)
try:
    print("one shot", len(zstandard.ZstdDecompressor().decompress(body)))
except zstandard.ZstdError as error:
    print("one shot:", error)
print("stream", len(zstandard.ZstdDecompressor().decompressobj().decompress(body)))
P
)" 'content size unknown
one shot: could not determine content size in frame header
stream 340'
