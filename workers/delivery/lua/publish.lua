-- publish(keys=[namespace], args=[queue, again, wake_limit, id, data, id, data, ...])
--
-- Puts messages on a Dramatiq queue and leaves wake-up tokens for its consumers.
-- A message that Redis still has is not pushed a second time, so publishing is
-- idempotent; `again` = "1" pushes it anyway, for ids stranded outside the list.

local queue = KEYS[1] .. ":" .. ARGV[1]
local messages = queue .. ".msgs"
local wake = queue .. ".wake"
local again = ARGV[2] == "1"
local wake_limit = tonumber(ARGV[3])

local pushed = 0
for i = 4, #ARGV, 2 do
    local fresh = redis.call("hsetnx", messages, ARGV[i], ARGV[i + 1]) == 1
    if fresh or again then
        redis.call("rpush", queue, ARGV[i])
        pushed = pushed + 1
    end
end

-- Tokens are capped: idle consumers need one each, and a busy queue needs none.
local missing = math.min(pushed, wake_limit) - redis.call("llen", wake)
for _ = 1, missing do
    redis.call("rpush", wake, "1")
end

return pushed
