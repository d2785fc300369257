// Filters in Lua: a script that defines `match(message, context)`.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <lua5.4/lua.hpp>
#include <string>

#include "conversation.hpp"
#include "jail.hpp"
#include "rocketmq/filter/message_filter.hpp"

namespace rocketmq::filtersrv {
namespace {

using filter::MessageView;
using SteadyClock = std::chrono::steady_clock;

constexpr char message_type[] = "rocketmq.Message";
/// Instructions between two looks at the clock.
constexpr int hook_interval = 10'000;
constexpr std::size_t error_text_max = 2000;

struct Memory {
  std::size_t used = 0;
  std::size_t max = 0;
};

void* allocate(void* context, void* block, std::size_t old_size, std::size_t new_size) {
  auto& memory = *static_cast<Memory*>(context);
  if (block == nullptr) old_size = 0;  // then it is a type
  if (new_size == 0) {
    std::free(block);
    memory.used -= old_size;
    return nullptr;
  }
  if (new_size > old_size && new_size - old_size > memory.max - memory.used) return nullptr;
  void* const grown = std::realloc(block, new_size);
  if (grown != nullptr) memory.used = memory.used - old_size + new_size;
  return grown;
}

SteadyClock::time_point deadline;

void check_deadline(lua_State* lua, lua_Debug*) {
  if (SteadyClock::now() < deadline) return;
  luaL_error(lua, "the time for one message is over");
}

/// Where a Lua message finds the one that is judged; null between calls.
struct MessageHandle {
  const MessageView* message = nullptr;
};

const MessageView& message_at(lua_State* lua) {
  const auto* handle = static_cast<MessageHandle*>(luaL_checkudata(lua, 1, message_type));
  if (handle->message == nullptr) luaL_error(lua, "the message is valid during match() only");
  return *handle->message;
}

void push(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

int property_of(lua_State* lua) {
  const MessageView& message = message_at(lua);
  std::size_t size = 0;
  const char* const name = luaL_checklstring(lua, 2, &size);
  const auto value = message.property({name, size});
  if (value) {
    push(lua, *value);
  } else {
    lua_pushnil(lua);
  }
  return 1;
}

int integer_of(lua_State* lua) {
  const MessageView& message = message_at(lua);
  std::size_t size = 0;
  const char* const name = luaL_checklstring(lua, 2, &size);
  const auto value = message.integer({name, size});
  if (value) {
    lua_pushinteger(lua, *value);
  } else {
    lua_pushnil(lua);
  }
  return 1;
}

template <std::string_view (MessageView::*field)() const>
void push_text(lua_State* lua, const MessageView& message) {
  push(lua, (message.*field)());
}
template <auto field>
void push_number(lua_State* lua, const MessageView& message) {
  lua_pushinteger(lua, (message.*field)());
}

struct Field {
  const char* name;
  void (*push)(lua_State*, const MessageView&);
};
constexpr std::array fields{
    Field{"topic", push_text<&MessageView::topic>},
    Field{"body", push_text<&MessageView::body>},
    Field{"message_id", push_text<&MessageView::message_id>},
    Field{"tags", push_text<&MessageView::tags>},
    Field{"keys", push_text<&MessageView::keys>},
    Field{"queue_id", push_number<&MessageView::queue_id>},
    Field{"flag", push_number<&MessageView::flag>},
    Field{"reconsume_times", push_number<&MessageView::reconsume_times>},
    Field{"queue_offset", push_number<&MessageView::queue_offset>},
    Field{"born_time_ms", push_number<&MessageView::born_time_ms>},
    Field{"store_time_ms", push_number<&MessageView::store_time_ms>},
};

/// Upvalue 1 is a table: a function for a method, a number for a field.
int index_message(lua_State* lua) {
  const MessageView& message = message_at(lua);
  lua_pushvalue(lua, 2);
  lua_rawget(lua, lua_upvalueindex(1));
  if (lua_type(lua, -1) != LUA_TNUMBER) return 1;
  const auto k = static_cast<std::size_t>(lua_tointeger(lua, -1));
  if (k >= fields.size()) return 0;
  fields[k].push(lua, message);
  return 1;
}

/// The parts of the standard library that compute and no more. `load` would take binary programs,
/// which Lua does not check; coroutines and `collectgarbage` have no use here.
void open_pure_libraries(lua_State* lua) {
  for (const luaL_Reg& library :
       {luaL_Reg{LUA_GNAME, luaopen_base}, luaL_Reg{LUA_STRLIBNAME, luaopen_string},
        luaL_Reg{LUA_TABLIBNAME, luaopen_table}, luaL_Reg{LUA_MATHLIBNAME, luaopen_math},
        luaL_Reg{LUA_UTF8LIBNAME, luaopen_utf8}}) {
    luaL_requiref(lua, library.name, library.func, 1);
    lua_pop(lua, 1);
  }
  for (const char* name : {"dofile", "loadfile", "load", "print", "collectgarbage", "warn"}) {
    lua_pushnil(lua);
    lua_setglobal(lua, name);
  }
  lua_getglobal(lua, LUA_STRLIBNAME);
  lua_pushnil(lua);
  lua_setfield(lua, -2, "dump");
  lua_pop(lua, 1);
}

void add_message_type(lua_State* lua) {
  luaL_newmetatable(lua, message_type);
  lua_newtable(lua);
  for (std::size_t k = 0; k < fields.size(); ++k) {
    lua_pushinteger(lua, static_cast<lua_Integer>(k));
    lua_setfield(lua, -2, fields[k].name);
  }
  lua_pushcfunction(lua, property_of);
  lua_setfield(lua, -2, "property");
  lua_pushcfunction(lua, integer_of);
  lua_setfield(lua, -2, "integer");
  lua_pushcclosure(lua, index_message, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 1);
}

std::string error_text(lua_State* lua) {
  std::size_t size = 0;
  const char* const text = lua_tolstring(lua, -1, &size);
  if (text == nullptr) return "an error that is no text";
  return std::string(text, std::min(size, error_text_max));
}

class LuaJudge final : public Judge {
 public:
  LuaJudge(lua_State* lua, std::chrono::milliseconds allowed) : lua_(lua), allowed_(allowed) {}

  std::uint8_t judge(const MessageView& message) override {
    deadline = SteadyClock::now() + allowed_;
    // On the stack: match, message, context.
    static_cast<MessageHandle*>(lua_touserdata(lua_, 2))->message = &message;
    for (int k = 1; k <= 3; ++k) lua_pushvalue(lua_, k);
    const int result = lua_pcall(lua_, 2, 1, 0);
    static_cast<MessageHandle*>(lua_touserdata(lua_, 2))->message = nullptr;
    std::uint8_t verdict = 2;
    if (result == LUA_OK) {
      if (lua_isboolean(lua_, -1)) verdict = lua_toboolean(lua_, -1) != 0 ? 1 : 0;
      if (lua_isnil(lua_, -1)) verdict = 0;
    }
    lua_settop(lua_, 3);
    return verdict;
  }

 private:
  lua_State* const lua_;
  const std::chrono::milliseconds allowed_;
};

/// What runs protected: a failure anywhere in it is an error of Lua, not the end of the process.
int prepare(lua_State* lua) {
  const auto& source = *static_cast<const SourceFrame*>(lua_touserdata(lua, 1));
  lua_settop(lua, 0);
  open_pure_libraries(lua);
  add_message_type(lua);
  const std::string name = "=" + source.class_name;
  if (luaL_loadbufferx(lua, source.text.data(), source.text.size(), name.c_str(), "t") != LUA_OK) {
    return lua_error(lua);
  }
  lua_call(lua, 0, 1);
  if (!lua_isfunction(lua, -1)) {
    lua_pop(lua, 1);
    lua_getglobal(lua, "match");
  }
  if (!lua_isfunction(lua, -1)) {
    lua_pushfstring(lua, "%s defines no function match(message, context)",
                    source.class_name.c_str());
    return lua_error(lua);
  }
  new (lua_newuserdatauv(lua, sizeof(MessageHandle), 0)) MessageHandle;
  luaL_setmetatable(lua, message_type);
  lua_newtable(lua);
  push(lua, source.group);
  lua_setfield(lua, -2, "consumer_group");
  push(lua, source.topic);
  lua_setfield(lua, -2, "topic");
  return 3;
}

}  // namespace

void run_lua(const WorkerSetup& setup) {
  const Frame frame = next_frame();
  SourceFrame source;
  if (!source.decode(frame.payload)) fail("the source cannot be read");
  static Memory memory;
  // The rest is for the batches and the process itself.
  memory.max = setup.memory_bytes / 2;
  lua_State* const lua = lua_newstate(allocate, &memory);
  if (lua == nullptr) fail("not enough memory for Lua");
  const std::chrono::milliseconds allowed(setup.message_deadline_ms);
  deadline = SteadyClock::now() + allowed;
  lua_sethook(lua, check_deadline, LUA_MASKCOUNT, hook_interval);
  lua_pushcfunction(lua, prepare);
  lua_pushlightuserdata(lua, &source);
  if (lua_pcall(lua, 1, 3, 0) != LUA_OK) fail(error_text(lua));
  LuaJudge judge(lua, allowed);
  send_frame(FrameKind::kReady, {});
  serve_batches(judge);
}

}  // namespace rocketmq::filtersrv
