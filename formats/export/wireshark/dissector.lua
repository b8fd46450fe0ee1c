-- SPDX-License-Identifier: MIT
-- The dissector of "virtio_gpu", which `vgpu-trace export --format pcapng` names in its packets.
-- What stands before the message: formats/export.md, "pcapng".

local HEADER_SIZE = 64
local REQUEST, RESPONSE, STAGE, LOST = 1, 2, 3, 4
local NONE32 = 0xffffffff
local VIRGL = { [0] = true, [1] = true, [2] = true }

local proto = Proto("virtio_gpu", "virtio-gpu")
local all = {} -- every ProtoField, which Proto.fields takes once

local function names(table_of)
	local out = {}
	for number, entry in pairs(table_of) do
		out[number] = type(entry) == "table" and entry.name or entry
	end
	return out
end

local message_names = names(T.commands)
for number, entry in pairs(T.responses) do
	message_names[number] = entry.name
end

local function add_field(f)
	all[#all + 1] = f
	return f
end

local function plain(make, abbr, name, ...)
	return add_field(make("virtio_gpu." .. abbr, name, ...))
end

local capset_names = { [0] = "none" }
for number, name in pairs(T.sets.CAPSET.values) do
	capset_names[number] = name
end

local H = {
	kind = plain(ProtoField.uint8, "kind", "Kind", base.DEC,
		{ "request", "response", "stage", "loss" }),
	device = plain(ProtoField.uint32, "device", "Device"),
	command = plain(ProtoField.uint64, "command", "Command"),
	queue = plain(ProtoField.uint32, "queue", "Queue", base.DEC, { [0] = "control", "cursor" }),
	pid = plain(ProtoField.uint32, "pid", "Process"),
	tid = plain(ProtoField.uint32, "tid", "Thread"),
	comm = plain(ProtoField.string, "comm", "Process name"),
	seqno = plain(ProtoField.uint32, "seqno", "Sequence number"),
	free_slots = plain(ProtoField.uint32, "free_slots", "Free slots"),
	room = plain(ProtoField.uint32, "response_room", "Room for the response"),
	capset = plain(ProtoField.uint32, "capset", "Capset of the context", base.DEC,
		capset_names),
	stage = plain(ProtoField.string, "stage", "Stage"),
	loss = plain(ProtoField.string, "loss", "Lost"),
	response_in = plain(ProtoField.framenum, "response_in", "Response in", base.NONE,
		frametype.RESPONSE),
	request_in = plain(ProtoField.framenum, "request_in", "Request in", base.NONE,
		frametype.REQUEST),
	time = plain(ProtoField.relative_time, "time", "Response time"),
	resource = plain(ProtoField.uint32, "resource_id", "Resource"),
	data = plain(ProtoField.bytes, "data", "Data"),
	stream = plain(ProtoField.bytes, "stream", "Stream"),
	opcode = plain(ProtoField.uint32, "virgl.opcode", "Opcode", base.DEC, T.opcodes, 0xff),
	object = plain(ProtoField.uint32, "virgl.object", "Object", base.DEC, T.objects, 0xff00),
	length = plain(ProtoField.uint32, "virgl.length", "Length in dwords", base.DEC, nil, 0xffff0000),
	text = plain(ProtoField.string, "virgl.text", "Text"),
}
local cut = ProtoExpert.new("virtio_gpu.cut", "The message is longer than what is here",
	expert.group.UNDECODED, expert.severity.NOTE)
local refused = ProtoExpert.new("virtio_gpu.error", "The response is an error",
	expert.group.RESPONSE_CODE, expert.severity.WARN)
proto.experts = { cut, refused }

-- One number's field, and for flags one field a bit. `mask` is nil for a whole number.
local function number_field(abbr, name, bits, show, set, mask, shift)
	local make = ProtoField["uint" .. bits]
	local out = {}

	if show == "FLAGS" then
		out.field = plain(make, abbr, name, base.HEX, nil, mask)
		if set and bits < 64 then
			out.bits = {}
			for _, v in ipairs(set.list) do
				local bit_mask = v.number * 2 ^ (shift or 0)
				if bit_mask < 2 ^ bits and (not mask or mask >= bit_mask) then
					out.bits[#out.bits + 1] = plain(ProtoField.bool,
						abbr .. "." .. v.name:lower(), v.name, bits, nil, bit_mask)
				end
			end
		end
	elseif show == "ENUM" then
		out.field = plain(make, abbr, name, base.DEC, set and (set.values or set), mask)
	else
		out.field = plain(make, abbr, name, show == "HEX" and base.HEX or base.DEC, nil, mask)
	end
	return out
end

local function mask_of(f)
	if not f.width or f.width == 32 then
		return nil
	end
	return (2 ^ f.width - 1) * 2 ^ f.shift
end

-- The device protocol's fields: "virtio_gpu.<struct>.<field>", the header's without its struct.
local width_of = { u8 = 1, u32 = 4, u64 = 8 }
for _, s in pairs(T.structs) do
	for _, f in ipairs(s.fields) do
		local abbr = (s.name == "ctrl_hdr" and "" or s.name .. ".") .. (f.name or "")
		local show, set = f.show, nil

		if f.kind == "scalar" or f.kind == "array" then
			if show == "TEXT" then
				f.out = { field = plain(ProtoField.string, abbr, f.name) }
			elseif show == "BYTES" then
				f.out = { field = plain(ProtoField.bytes, abbr, f.name) }
			else
				local kind, set_name = show:match("^([EF])_([%w_]+)$")
				if kind then
					show = kind == "E" and "ENUM" or "FLAGS"
					set = T.sets[set_name]
				elseif show == "FORMAT" then
					show, set = "ENUM", T.formats
				end
				f.out = number_field(abbr, f.name, width_of[f.type] * 8,
					show, set)
				if f.show == "TYPE" then
					f.out = { field = plain(ProtoField.uint32, abbr, f.name, base.HEX,
						message_names) }
				elseif f.show == "CONTEXT_INIT" then
					f.out.capset = plain(ProtoField.uint32, abbr .. ".capset", "capset",
						base.DEC, capset_names, 0xff)
				end
			end
		end
	end
end

-- virgl's: "virtio_gpu.virgl.<layout>.<field>".
for _, l in ipairs(T.layouts) do
	for _, f in ipairs(l.fields) do
		local abbr = "virgl." .. l.name .. "." .. f.name

		if f.kind == "u32" then
			local set = f.set == "FORMAT" and T.formats or T.sets[f.set]
			f.out = number_field(abbr, f.name, 32, f.show, set, mask_of(f), f.shift)
		elseif f.kind == "U32S" then
			f.out = number_field(abbr, f.name, 32, "DEC")
		elseif f.kind == "i32" then
			f.out = { field = plain(ProtoField.int32, abbr, f.name) }
		elseif f.kind == "u64" then
			f.out = number_field(abbr, f.name, 64, f.show)
		elseif f.kind == "f32" or f.kind == "F32S" then
			f.out = { field = plain(ProtoField.float, abbr, f.name) }
		elseif f.kind == "f64" then
			f.out = { field = plain(ProtoField.double, abbr, f.name) }
		elseif f.kind == "TEXT" or f.kind == "LINES" or f.kind == "SHADER" then
			f.out = { field = plain(ProtoField.string, abbr, f.name) }
		elseif f.kind == "BYTES" then
			f.out = { field = plain(ProtoField.bytes, abbr, f.name) }
		end
	end
end
proto.fields = all

-- Bytes from `at` that are both there and before `stop`, at most `size`; nil when there are none.
local function range(tvb, at, size, stop)
	local n = math.min(size, math.min(stop, tvb:captured_len()) - at)
	return n > 0 and tvb:range(at, n) or nil
end

local function add_number(tree, out, bytes)
	local item = tree:add_le(out.field, bytes)

	for _, bit in ipairs(out.bits or {}) do
		item:add_le(bit, bytes)
	end
	if out.capset then
		item:add_le(out.capset, bytes)
	end
	return item
end

-- Text ends at its first NUL, or where the field does.
local function add_string(tree, field, bytes)
	local nul = bytes:raw():find("\0", 1, true)
	local size = nul and nul - 1 or bytes:len()

	if size > 0 then
		tree:add(field, bytes:range(0, size))
	else
		tree:add(field, bytes, "")
	end
end

-- Ids that are found under one name wherever they stand.
local function add_resource(tree, name, bytes)
	if name:match("resource_id$") and bytes:le_uint() ~= 0 then
		tree:add_le(H.resource, bytes):set_generated()
	end
end

local function add_array(tree, name, tvb, at, count, size, stop, add)
	local bytes = range(tvb, at, count * size, stop)
	if count == 0 or not bytes then
		return
	end
	local list = tree:add(bytes, string.format("%s: %d", name, count))
	for i = 0, count - 1 do
		local element = range(tvb, at + i * size, size, stop)
		if not element or element:len() < size then
			break
		end
		add(list, element, at + i * size, i)
	end
end

-- A struct at `at`; returns where its fixed part ends, and the values that tails are counted by.
local function add_struct(tree, s, tvb, at, stop)
	local values = {}

	for _, f in ipairs(s.fields) do
		local size = width_of[f.type or ""] or 0

		if f.kind == "scalar" then
			local bytes = range(tvb, at, size, stop)
			if not bytes or bytes:len() < size then
				return nil, values
			end
			add_number(tree, f.out, bytes)
			add_resource(tree, f.name, bytes)
			if size < 8 then
				values[f.name] = bytes:le_uint()
			end
			at = at + size
		elseif f.kind == "array" then
			local bytes = range(tvb, at, size * f.count, stop)
			if not bytes then
				return nil, values
			end
			if f.show == "TEXT" then
				add_string(tree, f.out.field, bytes)
			elseif f.show == "BYTES" then
				tree:add(f.out.field, bytes)
			else
				add_array(tree, f.name, tvb, at, f.count, size, stop,
					function(list, element) add_number(list, f.out, element) end)
			end
			at = at + size * f.count
		elseif f.kind == "pad" then
			at = at + size * f.count
		elseif f.kind == "nested" then
			local nested = T.structs[f.struct]
			for i = 1, f.count or 1 do
				local bytes = range(tvb, at, nested.size, stop)
				if not bytes then
					return nil, values
				end
				local name = f.count and string.format("%s[%d]", f.name, i - 1) or f.name
				local sub = nested.name == "ctrl_hdr" and tree or tree:add(bytes, name)
				local _, inner = add_struct(sub, nested, tvb, at, stop)
				if nested.name == "ctrl_hdr" then
					values.hdr = inner
				end
				at = at + nested.size
			end
		end
	end
	return at, values
end

local add_layout

local function add_element(tree, element, name, tvb, at, stop)
	local bytes = range(tvb, at, element.dwords * 4, stop)
	if bytes then
		add_layout(tree:add(bytes, name), element, tvb, at, stop)
	end
end

local function add_elements(tree, f, tvb, at, count, stop)
	local element = T.layout_of[f.element]

	add_array(tree, f.name, tvb, at, count, element.dwords * 4, stop,
		function(list, _, where, i)
			add_element(list, element, string.format("[%d]", i), tvb, where, stop)
		end)
end

local function add_text(tree, f, tvb, at, stop)
	local bytes = range(tvb, at, stop - at, stop)
	if bytes and f.kind == "BYTES" then
		tree:add(f.out.field, bytes)
	elseif bytes then
		add_string(tree, f.out.field, bytes)
	end
end

-- Stream outputs, then text.
local function add_shader(tree, f, tvb, at, stop, outputs)
	if outputs > 0 then
		local strides = T.layout_of.STREAM_STRIDES
		local output = T.layout_of.STREAM_OUTPUT

		add_element(tree, strides, "strides", tvb, at, stop)
		at = at + strides.dwords * 4
		local count = math.min(outputs, math.max(0, math.floor((stop - at) / (output.dwords * 4))))
		add_elements(tree, { name = "outputs", element = "STREAM_OUTPUT" }, tvb, at, count, stop)
		at = at + count * output.dwords * 4
	end
	add_text(tree, f, tvb, at, stop)
end

local function add_tail(tree, f, tvb, at, stop)
	local left = math.max(0, stop - at)

	if f.kind == "ELEMENTS" then
		add_elements(tree, f, tvb, at,
			math.floor(left / (T.layout_of[f.element].dwords * 4)), stop)
	elseif f.kind == "U32S" or f.kind == "F32S" then
		add_array(tree, f.name, tvb, at, math.floor(left / 4), 4, stop,
			function(list, element) add_number(list, f.out, element) end)
	elseif f.kind == "TEXT" or f.kind == "LINES" or f.kind == "BYTES" then
		add_text(tree, f, tvb, at, stop)
	elseif f.kind == "SHADER" then
		local outputs = range(tvb, at - 4, 4, stop)
		add_shader(tree, f, tvb, at, stop, outputs and outputs:len() == 4 and outputs:le_uint() or 0)
	end
end

-- The fields of one virgl payload, as far as they are there; `at` and `stop` are bytes of the packet.
function add_layout(tree, l, tvb, at, stop)
	for _, f in ipairs(l.fields) do
		local where = at + (f.at or 0) * 4

		if f.tail then
			if stop > at + l.dwords * 4 or l.dwords == 0 then
				add_tail(tree, f, tvb, at + l.dwords * 4, stop)
			end
		elseif f.kind == "nested" and f.count then
			add_elements(tree, f, tvb, where, f.count, stop)
		elseif f.kind == "nested" then
			add_element(tree, T.layout_of[f.element], f.name, tvb, where, stop)
		elseif f.count then
			add_array(tree, f.name, tvb, where, f.count, 4, stop,
				function(list, element) add_number(list, f.out, element) end)
		else
			local size = 4 * (f.size or 1)
			local bytes = range(tvb, where, size, stop)
			if not bytes or bytes:len() < size then
				return
			end
			add_number(tree, f.out, bytes)
			add_resource(tree, f.name, bytes)
		end
	end
end

local layout_by_opcode, layout_by_object = {}, {}
for _, l in ipairs(T.layouts) do
	for number, name in pairs(T.opcodes) do
		if l.kind == "CMD" and l.which == name then
			layout_by_opcode[number] = l
		end
	end
	for number, name in pairs(T.objects) do
		if l.kind == "OBJ" and l.which == name then
			layout_by_object[number] = l
		end
	end
end

-- As vgpu_virgl_layout() chooses.
local function virgl_layout(tvb, at, stop, opcode, object)
	local function dword(index)
		local bytes = range(tvb, at + 4 + index * 4, 4, stop)
		return bytes and bytes:len() == 4 and bytes:le_uint() or 0
	end

	if opcode ~= 1 or not layout_by_object[object] then
		return layout_by_opcode[opcode]
	end
	if T.objects[object] == "SHADER" and T.sets.SHADER.values[dword(1)] == "COMPUTE" then
		return T.layout_of.COMPUTE_SHADER
	end
	if T.objects[object] == "SAMPLER_VIEW" and math.floor(dword(2) / 2 ^ 24) == 0 then
		return T.layout_of.BUFFER_VIEW
	end
	return layout_by_object[object]
end

local function add_virgl(tree, tvb, at, stop)
	while at + 4 <= math.min(stop, tvb:captured_len()) do
		local head = tvb:range(at, 4):le_uint()
		local opcode = head % 256
		local object = math.floor(head / 256) % 256
		local ends = math.min(stop, at + 4 + math.floor(head / 65536) * 4)
		local name = T.opcodes[opcode] or string.format("opcode %d", opcode)
		local l = virgl_layout(tvb, at, ends, opcode, object)

		if opcode <= 3 and object > 0 then
			name = name .. " " .. (T.objects[object] or object)
		end
		local item = tree:add(range(tvb, at, ends - at, ends), name)
		item:add_le(H.opcode, tvb:range(at, 4))
		if object > 0 then
			item:add_le(H.object, tvb:range(at, 4))
		end
		item:add_le(H.length, tvb:range(at, 4))
		if l then
			add_layout(item, l, tvb, at + 4, ends)
		elseif ends > at + 4 and range(tvb, at + 4, ends - at - 4, ends) then
			item:add(H.data, range(tvb, at + 4, ends - at - 4, ends))
		end
		at = ends
	end
end

local function add_message_tail(tree, s, tvb, at, stop, values, capset)
	for _, f in ipairs(s.fields) do
		if f.kind == "ENTRIES" then
			local entry = T.structs.mem_entry
			local count = math.min(values[f.counted] or 0,
				math.floor(math.max(0, stop - at) / entry.size))
			add_array(tree, f.name, tvb, at, count, entry.size, stop,
				function(list, bytes, where, i)
					add_struct(list:add(bytes, string.format("[%d]", i)), entry, tvb, where, stop)
				end)
			return
		elseif f.kind == "BYTES" then
			local size = math.min(f.counted and values[f.counted] or stop - at, stop - at)
			local bytes = size > 0 and range(tvb, at, size, stop) or nil
			if not bytes then
				return
			end
			if s.name == "cmd_submit" and VIRGL[capset] then
				add_virgl(tree:add(H.stream, bytes), tvb, at, at + size)
			else
				tree:add(s.name == "cmd_submit" and H.stream or H.data, bytes)
			end
			return
		end
	end
end

-- A request or response; returns its type, or nil.
local function add_message(tree, tvb, at, capset)
	local stop = tvb:reported_len()
	local bytes = range(tvb, at, 4, stop)
	local kind, s

	if not bytes or bytes:len() < 4 then
		return nil
	end
	kind = bytes:le_uint()
	s = T.commands[kind] or T.responses[kind]
	local ends, values = add_struct(tree, T.struct_of[s and s.struct or "CTRL_HDR"], tvb, at, stop)
	if ends and s then
		add_message_tail(tree, T.struct_of[s.struct], tvb, ends, stop, values, capset)
	elseif ends and range(tvb, ends, stop - ends, stop) then
		tree:add(H.data, range(tvb, ends, stop - ends, stop))
	end
	return kind, values.hdr or values
end

-- Which packets belong together, learnt when they are seen first. Numbers of commands start over
-- where traces were put together: the last request of a number is the one that is answered.
local asked, request_of, response_of, asked_at

function proto.init()
	asked, request_of, response_of, asked_at = {}, {}, {}, {}
end

local function link(kind, command, pinfo)
	if pinfo.visited then
		return
	end
	if kind == REQUEST then
		asked[command] = pinfo.number
		asked_at[pinfo.number] = pinfo.rel_ts
	elseif asked[command] then
		request_of[pinfo.number] = asked[command]
		if kind == RESPONSE then
			response_of[asked[command]] = pinfo.number
		end
	end
end

local function add_links(tree, kind, pinfo)
	local request, response = request_of[pinfo.number], response_of[pinfo.number]

	if response then
		tree:add(H.response_in, response):set_generated()
	end
	if not request then
		return
	end
	tree:add(H.request_in, request):set_generated()
	if kind == RESPONSE then
		local seconds = math.max(0, pinfo.rel_ts - asked_at[request])
		local whole = math.floor(seconds)
		local nanoseconds = math.floor((seconds - whole) * 1e9 + 0.5)
		tree:add(H.time, NSTime.new(whole, math.min(nanoseconds, 999999999))):set_generated()
	end
end

local function add_header(tree, tvb, kind)
	tree:add_le(H.kind, tvb:range(1, 1))
	tree:add_le(H.device, tvb:range(4, 4))
	tree:add_le(H.command, tvb:range(8, 8))
	tree:add_le(H.queue, tvb:range(16, 4))
	if tvb:range(20, 4):le_uint() ~= 0 then
		tree:add_le(H.pid, tvb:range(20, 4))
		add_string(tree, H.comm, tvb:range(48, 16))
	end
	if tvb:range(24, 4):le_uint() ~= 0 then
		tree:add_le(H.tid, tvb:range(24, 4))
	end
	if kind ~= REQUEST then
		return
	end
	if tvb:range(28, 4):le_uint() ~= 0 then
		tree:add_le(H.seqno, tvb:range(28, 4))
	end
	if tvb:range(32, 4):le_uint() ~= NONE32 then
		tree:add_le(H.free_slots, tvb:range(32, 4))
	end
	tree:add_le(H.room, tvb:range(36, 4))
	if tvb:range(40, 4):le_uint() ~= NONE32 then
		tree:add_le(H.capset, tvb:range(40, 4))
	end
end

-- Who asks whom, as the columns for addresses have it.
local function add_ends(tvb, kind, pinfo)
	local device = "device " .. tvb:range(4, 4):le_uint()
	local process = tvb:range(48, 16):stringz()

	if tvb:range(20, 4):le_uint() == 0 then
		process = "driver"
	elseif process == "" then
		process = "pid " .. tvb:range(20, 4):le_uint()
	end
	if kind == RESPONSE then
		pinfo.cols.src, pinfo.cols.dst = device, process
	else
		pinfo.cols.src, pinfo.cols.dst = process, device
	end
end

local function describe(kind, name, hdr, command)
	local text = name or "unknown"

	if kind == REQUEST and hdr then
		text = text .. (hdr.ctx_id and hdr.ctx_id ~= 0 and " ctx=" .. hdr.ctx_id or "")
	end
	return string.format("%s %s", command, text)
end

function proto.dissector(tvb, pinfo, tree)
	if tvb:captured_len() < HEADER_SIZE then
		return 0
	end
	local kind = tvb:range(1, 1):uint()
	local size = tvb:range(2, 2):le_uint()
	local command = tostring(tvb:range(8, 8):le_uint64())
	local capset = tvb:range(40, 4):le_uint()
	local root = tree:add(proto, tvb:range())
	local info

	pinfo.cols.protocol = "virtio-gpu"
	if size < HEADER_SIZE or size > tvb:captured_len() then
		size = HEADER_SIZE
	end
	add_header(root, tvb, kind)
	if kind == REQUEST or kind == RESPONSE then
		add_ends(tvb, kind, pinfo)
	end
	link(kind, command, pinfo)
	add_links(root, kind, pinfo)
	if kind == REQUEST or kind == RESPONSE then
		local number, hdr = add_message(root, tvb, size, capset)
		info = describe(kind, number and message_names[number] or
			(number and string.format("type 0x%x", number) or "(nothing)"), hdr, command)
		if kind == RESPONSE and number and (number < 0x1100 or number >= 0x1200) then
			root:add_proto_expert_info(refused)
		end
		if tvb:captured_len() < tvb:reported_len() then
			root:add_proto_expert_info(cut)
		end
	else
		local bytes = range(tvb, size, tvb:captured_len() - size, tvb:captured_len())
		info = bytes and bytes:string() or ""
		if bytes then
			root:add(kind == STAGE and H.stage or H.loss, bytes)
		end
		info = kind == STAGE and command .. " " .. info or info
	end
	pinfo.cols.info = info
	root:append_text(", " .. info)
	return tvb:captured_len()
end
