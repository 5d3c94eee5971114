-- The local-request handler in KEMI Lua, and loops that call it.

function handle_line(event)
    KSR.info("request [" .. KSR.pv.get("$rm") .. "] from [" .. KSR.pv.get("$fu")
        .. "] to [" .. KSR.pv.get("$ru") .. "]\n")
    if KSR.pv.get("$fU") == "blocked" then KSR.set_drop() end
end

function handle_xlog(event)
    KSR.xlog.xinfo("request [$rm] from [$fu] to [$ru]\n")
    if KSR.pv.get("$fU") == "blocked" then KSR.set_drop() end
end

function handle_silent(event)
    if KSR.pv.get("$fU") == "blocked" then KSR.set_drop() end
end

function handle_nothing(event)
end

local function loop(handler, turns)
    for _ = 1, tonumber(turns) do handler("tm:local-request") end
end

function loop_empty(turns) loop(handle_nothing, turns) end
function loop_line(turns) loop(handle_line, turns) end
function loop_xlog(turns) loop(handle_xlog, turns) end
function loop_silent(turns) loop(handle_silent, turns) end

-- For local_request.cfg: the same handler behind the real event.
function ksr_request_route() end
function ksr_tm_event(event) handle_line(event) end
