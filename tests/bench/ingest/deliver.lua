-- Lets wrk send every delivery once: `wrk ... -s deliver.lua URL -- TEMPLATE TICKETS THREADS`.

local all = {}

function setup(thread)
  thread:set("place", #all)
  table.insert(all, thread)
end

local parts, marks, tickets, turn = {}, {}, {}, 0
statuses = {} -- answers by status; read by done() in another state
exhausted = 0

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init(args)
  local template, from = read(args[1]), 1
  for start, mark, behind in template:gmatch("()@(%w+)@()") do
    table.insert(parts, template:sub(from, start - 1))
    table.insert(marks, mark)
    from = behind
  end
  table.insert(parts, template:sub(from))
  local line = 0
  for number, owner, guid, signature in read(args[2]):gmatch("(%S+) (%S+) (%S+) (%S+)\n") do
    if line % tonumber(args[3]) == place then
      table.insert(tickets, { number = number, owner = owner, guid = guid, signature = signature })
    end
    line = line + 1
  end
end

function request()
  turn = turn + 1
  local ticket = tickets[turn]
  if not ticket then
    exhausted = 1
    wrk.thread:stop()
    return "GET /out-of-deliveries HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
  end
  local pieces = {}
  for index, mark in ipairs(marks) do
    pieces[2 * index - 1] = parts[index]
    pieces[2 * index] = ticket[mark]
  end
  pieces[2 * #marks + 1] = parts[#parts]
  return table.concat(pieces)
end

function response(status)
  local name = tostring(status)
  statuses[name] = (statuses[name] or 0) + 1
end

function done(summary, latency)
  local sum, empty = {}, 0
  for _, thread in ipairs(all) do
    for name, count in pairs(thread:get("statuses")) do
      sum[name] = (sum[name] or 0) + count
    end
    empty = empty + thread:get("exhausted")
  end
  local counted = {}
  for name, count in pairs(sum) do
    table.insert(counted, string.format('"%s":%d', name, count))
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"seconds":%.6f,"p50":%.3f,"p99":%.3f,"most":%.3f,"broken":%d,"exhausted":%d,"statuses":{%s}}\n',
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout, empty, table.concat(counted, ",")))
end
