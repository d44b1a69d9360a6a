-- acknowledge(keys=[namespace], args=[worker_id, queue, id, ...])
--
-- Forgets finished messages. The body is dropped even when this worker no longer
-- holds the id: Postgres has the job, so a copy left in Redis has no meaning.

local queue = KEYS[1] .. ":" .. ARGV[2]
local held = KEYS[1] .. ":__acks__." .. ARGV[1] .. "." .. ARGV[2]

for i = 3, #ARGV do
    redis.call("srem", held, ARGV[i])
    redis.call("hdel", queue .. ".msgs", ARGV[i])
end

return #ARGV - 2
