#include "rocketmq/protocol/remoting_command.hpp"

#include <gtest/gtest.h>

#include "codec_support.hpp"
#include "rocketmq/protocol/frame_decoder.hpp"
#include "seed.hpp"

namespace rocketmq::remoting::test {
namespace {

using rocketmq::test::random_between;
using rocketmq::test::random_bytes;

TEST(LanguageCodes, HaveTheNamesAndOrdinalsOfTheWire) {
  EXPECT_EQ(to_string(LanguageCode::Java), "JAVA");
  EXPECT_EQ(to_string(LanguageCode::Http), "HTTP");
  EXPECT_EQ(to_string(static_cast<LanguageCode>(13)), "NODE_JS");
  EXPECT_EQ(to_string(static_cast<LanguageCode>(-1)), "OTHER");
  for (int ordinal = 0; ordinal < 14; ++ordinal) {
    const auto language = static_cast<LanguageCode>(ordinal);
    EXPECT_EQ(language_from_name(to_string(language)), language);
  }
  EXPECT_EQ(language_from_name("java"), LanguageCode::Other);
}

TEST(RemotingCommand, TellsRequestsOnewaysAndResponsesByTheirBits) {
  RemotingCommand command;
  EXPECT_FALSE(command.is_response() || command.is_oneway());
  command.flag = 3;
  EXPECT_TRUE(command.is_response() && command.is_oneway());
}

TEST(RemotingCommand, OwnsABodyOnceAsked) {
  std::string buffer = "a body";
  RemotingCommand command;
  command.body = buffer;
  command.own_body();
  buffer = "other!";
  EXPECT_EQ(command.body, "a body");
  command.own_body();
  EXPECT_EQ(command.body, "a body");
}

TEST(RemotingCommand, CopiesWithTheOwnedBody) {
  RemotingCommand copy;
  {
    RemotingCommand command;
    command.code = 7;
    command.ext_fields.add("k", "v");
    command.set_body("short");
    copy = command;
  }
  EXPECT_EQ(copy.body, "short");
  EXPECT_EQ(copy.ext_fields.find("k"), "v");
  const RemotingCommand second(copy);
  EXPECT_EQ(second.body, "short");
  EXPECT_NE(second.body.data(), copy.body.data());
}

TEST(RemotingCommand, CopiesAViewAsAView) {
  const std::string buffer = "in the read buffer";
  RemotingCommand command;
  command.body = buffer;
  const RemotingCommand copy(command);
  EXPECT_EQ(copy.body.data(), buffer.data());
}

TEST(RemotingCommand, MovesOwnedBodiesOfAnyLength) {
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{1000}}) {
    RemotingCommand command;
    command.set_body(std::string(length, 'b'));
    RemotingCommand moved(std::move(command));
    EXPECT_EQ(moved.body, std::string(length, 'b'));
    RemotingCommand assigned;
    assigned.set_body("before");
    assigned = std::move(moved);
    EXPECT_EQ(assigned.body, std::string(length, 'b'));
  }
}

TEST(RemotingCommand, IsAsNewAfterClear) {
  RemotingCommand command;
  command.code = 5;
  command.flag = 1;
  command.version = 3;
  command.remark = "r";
  command.has_ext_fields = true;
  command.ext_fields.add("k", "v");
  command.serialize_type = SerializeType::Rocketmq;
  command.set_body("b");
  command.clear();
  EXPECT_EQ(encoded_header(command), encoded_header(RemotingCommand()));
  EXPECT_TRUE(command.body.empty());
}

TEST(DecodeFrame, RefusesWhatHasNoHeader) {
  EXPECT_FALSE(decode_exact(""));
  EXPECT_FALSE(decode_exact("\0\0\0"));
  EXPECT_FALSE(decode_exact(std::string_view("\0\0\0\0", 4)));
  EXPECT_FALSE(decode_exact(std::string_view("\1\0\0\0", 4)));
}

TEST(DecodeFrame, RefusesAHeaderLongerThanTheFrame) {
  EXPECT_TRUE(decode_exact(std::string_view("\0\0\0\2{}", 6)));
  EXPECT_FALSE(decode_exact(std::string_view("\0\0\0\3{}", 6)));
  const auto refused = decode_exact(std::string_view("\0\xFF\xFF\xFF{}", 6));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remark,
            "header of 16777215 bytes is longer than the 2 bytes of its frame");
}

TEST(DecodeFrame, RefusesUnknownSerializeTypes) {
  for (int type = 2; type < 256; ++type) {
    const auto refused = decode_exact(frame_of(static_cast<SerializeType>(type), "{}"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().remark, "unknown serialize type " + std::to_string(type));
  }
}

TEST(DecodeFrame, LeavesNothingOfTheFrameBefore) {
  RemotingCommand command;
  ASSERT_TRUE(decode_frame(
      frame_of(SerializeType::Json, R"({"code":1,"remark":"r","extFields":{"a":"1"}})", "body"),
      command));
  ASSERT_TRUE(decode_frame(frame_of(SerializeType::Json, "{}"), command));
  EXPECT_EQ(command.remark, "");
  EXPECT_TRUE(command.ext_fields.empty());
  EXPECT_TRUE(command.body.empty());
}

TEST(EncodeFrame, AppendsBehindWhatIsThere) {
  RemotingCommand command;
  command.set_body("hello");
  std::string out = "before";
  encode_frame(command, out);
  ASSERT_TRUE(out.starts_with("before"));
  const std::string_view frame = std::string_view(out).substr(6);
  const auto size = find_frame(frame, frame_bytes_max);
  ASSERT_TRUE(size && *size);
  EXPECT_EQ(**size, frame.size());
  EXPECT_TRUE(frame.ends_with("hello"));
}

TEST(EncodeFrame, CountsABodyThatFollowsLater) {
  RemotingCommand command;
  std::string head;
  encode_frame_head(command, 1000, head);
  EXPECT_FALSE(*find_frame(head, frame_bytes_max));
  head.append(1000, 'x');
  EXPECT_EQ(**find_frame(head, frame_bytes_max), head.size());
}

TEST(EncodeFrame, AnswersInBriefWhenTheHeaderOutgrowsAFrame) {
  RemotingCommand response;
  response.opaque = 42;
  response.flag = RemotingCommand::response_bit;
  response.has_ext_fields = true;
  response.ext_fields.add("properties", std::string(4'000'000, '\x01'));  // six bytes each in JSON
  std::string frame;
  encode_frame(response, frame);
  const auto decoded = decode_exact(frame.substr(4));
  ASSERT_TRUE(decoded) << decoded.error().remark;
  EXPECT_EQ(decoded->opaque, 42);
  EXPECT_EQ(decoded->response_code(), ResponseCode::SystemError);
  EXPECT_TRUE(decoded->has_ext_fields);
  EXPECT_NE(decoded->remark.find("does not fit"), std::string::npos);
}

/// Text that JSON carries unchanged: whatever is well-formed UTF-8.
std::string random_text(std::mt19937_64& random, std::size_t pieces_most) {
  static const std::vector<std::string> pieces{"a",
                                               "Z9",
                                               "\x01",
                                               "\x02",
                                               "\"",
                                               "\\",
                                               "\n",
                                               "é",
                                               "标",
                                               "😀",
                                               "{",
                                               "}",
                                               ":",
                                               ",",
                                               "\\u0041",
                                               std::string(1, '\0'),
                                               "a longer plain piece of text"};
  std::string text;
  for (std::size_t i = random_between(random, 0, pieces_most); i > 0; --i) {
    text += pieces[random_between(random, 0, pieces.size() - 1)];
  }
  return text;
}

TEST(EncodeFrame, AndDecodeFrameAreInverseForRandomCommands) {
  auto random = rocketmq::test::seeded_random();
  for (int round = 0; round < 3'000; ++round) {
    const bool json = random_between(random, 0, 1) == 0;
    const auto text = [&](std::size_t size) {
      return json ? random_text(random, size) : random_bytes(random, size);
    };
    RemotingCommand command;
    command.serialize_type = json ? SerializeType::Json : SerializeType::Rocketmq;
    command.code = static_cast<std::int16_t>(random());
    command.version = static_cast<std::int16_t>(random());
    command.opaque = static_cast<std::int32_t>(random());
    command.flag = static_cast<std::int32_t>(random());
    command.language = static_cast<LanguageCode>(random_between(random, 0, 13));
    command.remark = text(20);
    for (std::size_t i = random_between(random, 0, 20); i > 0; --i)
      command.ext_fields.add(text(8), text(40));
    command.has_ext_fields = !command.ext_fields.empty();
    command.set_body(random_bytes(random, 100));

    std::string frame;
    encode_frame(command, frame);
    const auto decoded = decode_exact(frame.substr(4));
    ASSERT_TRUE(decoded) << decoded.error().remark;
    EXPECT_EQ(decoded->serialize_type, command.serialize_type);
    EXPECT_EQ(decoded->code, command.code);
    EXPECT_EQ(decoded->version, command.version);
    EXPECT_EQ(decoded->opaque, command.opaque);
    EXPECT_EQ(decoded->flag, command.flag);
    EXPECT_EQ(decoded->language, command.language);
    EXPECT_EQ(decoded->remark, command.remark);
    EXPECT_EQ(decoded->has_ext_fields, command.has_ext_fields);
    EXPECT_EQ(decoded->body, command.body);
    ASSERT_EQ(decoded->ext_fields.size(), command.ext_fields.size());
    for (std::size_t i = 0; i < command.ext_fields.size(); ++i) {
      EXPECT_EQ(decoded->ext_fields.key_at(i), command.ext_fields.key_at(i));
      EXPECT_EQ(decoded->ext_fields.value_at(i), command.ext_fields.value_at(i));
    }
  }
}

TEST(DecodeFrame, SurvivesRandomBytes) {
  auto random = rocketmq::test::seeded_random();
  for (int round = 0; round < 20'000; ++round) {
    std::string header =
        random_between(random, 0, 1) == 0 ? random_bytes(random, 80) : random_text(random, 30);
    if (random_between(random, 0, 1) == 0) header = "{\"extFields\":{\"" + header + "\"}";
    (void)decode_exact(frame_of(static_cast<SerializeType>(random_between(random, 0, 1)), header));
  }
}

}  // namespace
}  // namespace rocketmq::remoting::test
