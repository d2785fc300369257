--rmq-filter lua
-- Delivers the messages whose property SequenceId is divisible by 3 and greater than 10.
function match(message)
  local id = message:integer("SequenceId")
  return id ~= nil and id % 3 == 0 and id > 10
end
