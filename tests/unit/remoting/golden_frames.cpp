#include "golden_frames.hpp"

#include <fstream>

namespace rocketmq::remoting::test {
namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::vector<GoldenFrame> load() {
  std::ifstream file(ROCKETMQ_TEST_VECTORS "/wire/frames.jsonl");
  std::vector<GoldenFrame> frames;
  for (std::string line; std::getline(file, line);) {
    const auto object = nlohmann::json::parse(line);
    GoldenFrame frame;
    frame.id = object.at("id");
    frame.kind = object.at("kind");
    frame.code = object.at("code");
    if (const auto& code = object.at("request_code"); code.is_number()) frame.request_code = code;
    frame.encoding = object.at("encoding");
    frame.header = object.at("header");
    frame.body_bytes = object.at("body_len");
    frame.bytes = from_hex(object.at("hex"));
    frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace

const std::vector<GoldenFrame>& golden_frames() {
  static const std::vector<GoldenFrame> frames = load();
  return frames;
}

std::ostream& operator<<(std::ostream& out, const GoldenFrame& frame) {
  return out << "line " << frame.id << ": " << frame.kind << " " << frame.code << " ("
             << frame.encoding << ")";
}

}  // namespace rocketmq::remoting::test
