#include "pulls/record_layout.hpp"

#include <optional>
#include <utility>

#include "rocketmq/client/message/compression.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/zlib.hpp"

namespace rocketmq::filtersrv {

bool needs_new_layout(const MessageRecord& record, const BodyCompression& compression) {
  // The layout has one byte for the length of the topic.
  if (record.topic.size() > name_bytes_max) return false;
  if ((record.sys_flag & sys_flag::compressed) == 0)
    return record.body.size() >= compression.bytes_min;
  const std::int32_t type = record.sys_flag & sys_flag::compression_mask;
  return type == sys_flag::compression_lz4 || type == sys_flag::compression_zstd;
}

Result<std::string> plain_body(const MessageRecord& record) {
  if ((record.sys_flag & sys_flag::compressed) == 0) return std::string(record.body);
  const auto type = client::compression_type(record.sys_flag);
  if (!type) return type.error();
  return client::decompress(record.body, *type);
}

void append_record(const MessageRecord& record, std::string_view body,
                   const BodyCompression& compression, std::string& out) {
  MessageRecord laid_out = record;
  laid_out.sys_flag &= ~(sys_flag::compressed | sys_flag::compression_mask);
  laid_out.body = body;
  std::optional<std::string> packed;
  if (body.size() >= compression.bytes_min) packed = deflate_zlib(body, compression.level);
  if (packed) {
    laid_out.body = *packed;
    laid_out.sys_flag |= sys_flag::compressed;
  }
  laid_out.body_crc = masked_crc32(laid_out.body);
  const std::size_t at = out.size();
  out.resize(at + message_record::encoded_size(laid_out));
  message_record::encode(laid_out, out.data() + at);
}

}  // namespace rocketmq::filtersrv
