#include "rocketmq/store/message_store.hpp"
