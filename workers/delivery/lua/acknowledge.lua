-- acknowledge(keys=[namespace], args=[worker_id, queue, id, ...])
--
-- Deletes finished messages. The body is deleted even when this worker no longer
-- holds the id: Postgres has the job, so a copy left in Redis has no meaning.

local queue = KEYS[1] .. ":" .. ARGV[2]
local in_flight = KEYS[1] .. ":__acks__." .. ARGV[1] .. "." .. ARGV[2]

for i = 3, #ARGV do
    redis.call("srem", in_flight, ARGV[i])
    redis.call("hdel", queue .. ".msgs", ARGV[i])
end

return #ARGV - 2
