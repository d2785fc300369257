#include <gtest/gtest.h>

#include "codec_support.hpp"

namespace rocketmq::remoting::test {
namespace {

/// The fixed part up to the remark's length: code, language, version, opaque, flag.
std::string fixed_part(std::int16_t code = 310, std::int8_t language = 0) {
  std::string header;
  append_be(header, code);
  append_be(header, language);
  append_be(header, std::int16_t{409});
  append_be(header, std::int32_t{77});
  append_be(header, std::int32_t{1});
  return header;
}

std::string with_lengths(std::int32_t remark_bytes, std::string_view remark, std::int32_t ext_bytes,
                         std::string_view ext) {
  std::string header = fixed_part();
  append_be(header, remark_bytes);
  header.append(remark);
  append_be(header, ext_bytes);
  return header.append(ext);
}

std::string with_ext(std::string_view ext) {
  return with_lengths(0, {}, static_cast<std::int32_t>(ext.size()), ext);
}

std::string entry(std::int16_t key_bytes, std::string_view key, std::int32_t value_bytes,
                  std::string_view value) {
  std::string text;
  append_be(text, key_bytes);
  text.append(key);
  append_be(text, value_bytes);
  return text.append(value);
}

TEST(BinaryHeader, IsReadFieldByField) {
  const auto command = decode_binary(with_lengths(2, "ok", 14, entry(1, "a", 7, "TopicAB")));
  ASSERT_TRUE(command) << command.error().remark;
  EXPECT_EQ(command->code, 310);
  EXPECT_EQ(command->language, LanguageCode::Java);
  EXPECT_EQ(command->version, 409);
  EXPECT_EQ(command->opaque, 77);
  EXPECT_EQ(command->flag, 1);
  EXPECT_EQ(command->remark, "ok");
  EXPECT_EQ(command->ext_fields.find("a"), "TopicAB");
  EXPECT_EQ(command->serialize_type, SerializeType::Rocketmq);
}

TEST(BinaryHeader, WithoutRemarkAndExtFieldsHas21Bytes) {
  const std::string header = with_lengths(0, {}, 0, {});
  EXPECT_EQ(header.size(), 21U);
  const auto command = decode_binary(header);
  ASSERT_TRUE(command);
  EXPECT_FALSE(command->has_ext_fields);
  EXPECT_EQ(encoded_header(*command), header);
}

TEST(BinaryHeader, KeepsAnEmptyValue) {
  const auto command = decode_binary(with_ext(entry(1, "i", 0, "") + entry(1, "j", 1, "0")));
  ASSERT_TRUE(command);
  EXPECT_EQ(command->ext_fields.find("i"), "");
  EXPECT_EQ(command->ext_fields.find("j"), "0");
}

TEST(BinaryHeader, MakesAnUnknownLanguageOther) {
  for (const std::int8_t language : {std::int8_t{14}, std::int8_t{127}, std::int8_t{-1}}) {
    std::string header = fixed_part(10, language);
    header.append(8, '\0');
    const auto command = decode_binary(header);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->language, LanguageCode::Other);
  }
}

TEST(BinaryHeader, IsRefusedWhenLengthsDoNotFit) {
  const std::string text = "abc";
  for (const std::int32_t length : {-1, INT32_MIN, INT32_MAX, 4, 1000}) {
    EXPECT_FALSE(decode_binary(with_lengths(length, "abc", 0, {}).substr(0, 20)))
        << "remark " << length;
    EXPECT_FALSE(decode_binary(with_lengths(0, {}, length, text))) << "ext " << length;
    EXPECT_FALSE(decode_binary(with_ext(entry(1, "k", length, text)))) << "value " << length;
  }
  for (const std::int16_t length :
       {std::int16_t{-1}, std::int16_t{INT16_MIN}, std::int16_t{INT16_MAX}}) {
    EXPECT_FALSE(decode_binary(with_ext(entry(length, "k", 1, "v")))) << "key " << length;
  }
}

TEST(BinaryHeader, IsRefusedWhenCutAnywhere) {
  const std::string header = with_lengths(2, "ok", 14, entry(1, "a", 7, "TopicAB"));
  ASSERT_TRUE(decode_binary(header));
  for (std::size_t kept = 0; kept < header.size(); ++kept) {
    EXPECT_FALSE(decode_binary(std::string_view(header).substr(0, kept))) << kept;
  }
}

TEST(BinaryHeader, IsRefusedWithBytesBehindIt) { EXPECT_FALSE(decode_binary(with_ext({}) + "x")); }

TEST(BinaryHeader, IsRefusedWithTooManyFields) {
  std::string ext;
  for (int i = 0; i < 4096; ++i) ext += entry(0, "", 0, "");
  EXPECT_TRUE(decode_binary(with_ext(ext)));
  for (int i = 0; i < 100'000; ++i) ext += entry(0, "", 0, "");
  EXPECT_FALSE(decode_binary(with_ext(ext)));
}

TEST(BinaryHeader, GivesWayToJsonForACodeBeyond16Bits) {
  RemotingCommand command;
  command.serialize_type = SerializeType::Rocketmq;
  command.code = 200050;
  std::string frame;
  encode_frame(command, frame);
  EXPECT_EQ(frame[4], '\0');
  const auto decoded = decode_exact(frame.substr(4));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->code, 200050);
}

TEST(BinaryHeader, GivesWayToJsonForAVersionBeyond16Bits) {
  RemotingCommand command;
  command.serialize_type = SerializeType::Rocketmq;
  command.version = 200050;
  std::string frame;
  encode_frame(command, frame);
  EXPECT_EQ(frame[4], '\0');
  const auto decoded = decode_exact(frame.substr(4));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->version, 200050);
}

TEST(BinaryHeader, GivesWayToJsonForAKeyBeyond15BitsOfLength) {
  RemotingCommand command;
  command.serialize_type = SerializeType::Rocketmq;
  command.ext_fields.add(std::string(40'000, 'k'), "v");
  const auto decoded = decode_json(encoded_header(command));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->ext_fields.find(std::string(40'000, 'k')), "v");
}

TEST(BinaryHeader, CarriesBytesThatAreNotUtf8AsTheyAre) {
  RemotingCommand command;
  command.serialize_type = SerializeType::Rocketmq;
  command.remark = "\xFF";
  command.ext_fields.add("k", std::string("\0\x01\xFE", 3));
  const auto decoded = decode_binary(encoded_header(command));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->remark, "\xFF");
  EXPECT_EQ(decoded->ext_fields.find("k"), std::string("\0\x01\xFE", 3));
}

}  // namespace
}  // namespace rocketmq::remoting::test
