-- fetch(keys=[namespace], args=[worker_id, queue, limit, now_milliseconds])
--
-- Takes up to `limit` messages, records them as in flight at this worker and sends its
-- heartbeat. An id whose body is gone (acknowledged through another delivery) is dropped.

local queue = KEYS[1] .. ":" .. ARGV[2]
local in_flight = KEYS[1] .. ":__acks__." .. ARGV[1] .. "." .. ARGV[2]

redis.call("zadd", KEYS[1] .. ":__heartbeats__", ARGV[4], ARGV[1])

local bodies = {}
local ids = redis.call("lpop", queue, ARGV[3]) or {}
for _, id in ipairs(ids) do
    local body = redis.call("hget", queue .. ".msgs", id)
    if body then
        redis.call("sadd", in_flight, id)
        bodies[#bodies + 1] = body
    end
end

return bodies
