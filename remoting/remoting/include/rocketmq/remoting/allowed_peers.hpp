#pragma once

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::remoting {

/// A processor that only the peers of `allowed` reach; others are answered with NoPermission.
/// `allowed` must outlive it.
Processor only_for(const AddressList& allowed, Processor processor);

}  // namespace rocketmq::remoting
