#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes streams/*.hex into a folder: commands of the streams that are not virgl's.

usage: make-streams.py FOLDER

Independent of libvgpu's tables: each layout is typed here once more from the upstream header that
stands at its head, as a format of Python's struct ("<": no padding but what is written).
"""
import os
import struct
import sys

FILES = {}
le = struct.pack


class Stream:
    def __init__(self, name, source):
        self.lines = FILES.setdefault(name, [f"#: stream {name}", f"# {source}"])

    def add(self, what, data):
        self.lines.append(f"# {what}")
        for at in range(0, len(data), 16):
            self.lines.append(data[at:at + 16].hex(" ", 4))


class Drm(Stream):
    """struct vdrm_ccmd_req: cmd, len, seqno, rsp_off (virglrenderer src/drm_hw.h)."""
    seqno = 0

    def ccmd(self, number, what, form="", *values, tail=b"", align=4):
        body = le("<" + form, *values) + tail
        body += bytes(-(16 + len(body)) % align)
        self.seqno += 1
        header = le("<IIII", number, 16 + len(body), self.seqno, 8 * self.seqno)
        self.add(what, header + body)


def msm():
    s = Drm("drm-msm", "virglrenderer src/drm/msm/msm_proto.h")
    s.ccmd(1, "NOP")
    s.ccmd(2, "IOCTL_SIMPLE: DRM_IOCTL_MSM_GET_PARAM of 24 bytes", "I", 0xc0186440,
           tail=le("<IIQII", 1, 2, 0x300, 0, 0))
    s.ccmd(3, "GEM_NEW: iova size flags blob_id", "QQII", 0x1_0000_2000, 0x4000, 0x20002, 9)
    s.ccmd(4, "GEM_SET_IOVA: iova res_id pad", "QII", 0x2_0000_0000, 7, 0)
    s.ccmd(5, "GEM_CPU_PREP: res_id op", "II", 7, 0x1 | 0x4)
    s.ccmd(6, "GEM_SET_NAME: res_id len, name padded to four", "II", 7, 6, tail=b"shader")
    bos = le("<IIQ", 1, 7, 0) + le("<IIQ", 3, 8, 0x1000)
    cmds = le("<IIIIIIQ", 1, 1, 64, 256, 0, 0, 0)
    s.ccmd(7, "GEM_SUBMIT: flags queue_id nr_bos nr_cmds fence, bos, cmds", "IIIII",
           0x02000000 | 0x80000000, 3, 2, 1, 17, tail=bos + cmds)
    s.ccmd(8, "GEM_UPLOAD: res_id pad off len, bytes", "IIII", 7, 0, 128, 5, tail=b"\1\2\3\4\5")
    s.ccmd(9, "SUBMITQUEUE_QUERY: queue_id param len", "III", 3, 1, 4)
    s.ccmd(10, "WAIT_FENCE: queue_id fence", "II", 3, 17)
    s.ccmd(11, "SET_DEBUGINFO: comm_len cmdline_len, texts", "II", 8, 10,
           tail=b"glmark2\0glmark2 -b")
    s.ccmd(3, "GEM_NEW, short: an older guest", "QI", 0x3000, 0x1000)
    s.ccmd(10, "WAIT_FENCE, long: a newer guest", "III", 3, 18, 0x11223344)
    s.ccmd(5, "GEM_CPU_PREP of a flag that is not known", "II", 7, 0x102)
    s.ccmd(6, "GEM_SET_NAME longer than the command", "II", 7, 40, tail=b"cut!")
    s.ccmd(7, "GEM_SUBMIT with fewer cmds than it says", "IIIII", 0, 3, 0, 2, 18, tail=cmds)
    s.ccmd(2, "IOCTL_SIMPLE of another size than its ioctl's", "I", 0xc0186440, tail=bytes(8))
    s.ccmd(99, "no command", "I", 5)


def amdgpu():
    s = Drm("drm-amdgpu", "virglrenderer src/drm/amdgpu/amdgpu_virtio_proto.h")
    s.ccmd(1, "QUERY_INFO: struct drm_amdgpu_info (READ_MMR_REG 0x2088 x 4)", "QIIIIII",
           0, 16, 0x15, 0x2088, 4, 0xffffffff, 0, align=8)
    s.ccmd(2, "GEM_NEW: blob_id alloc_size phys_alignment preferred_heap pad flags", "QQQIIQ",
           5, 65536, 4096, 4, 0, 1 << 5 | 1 << 2, align=8)
    s.ccmd(3, "BO_VA_OP: va vm_map_size flags flags2 offset res_id op", "QQQQQII",
           0x8000_0000_0000, 65536, 1 << 1 | 1 << 2, 1, 0, 7, 4, align=8)
    ib = le("<IIQIIII", 0, 0, 0x1000, 256, 0, 0, 0)
    handles = le("<II", 7, 0)
    s.ccmd(4, "CS_SUBMIT: ctx_id num_chunks pad ring_idx, {id, dwords, offset}, chunks", "IIII",
           1, 2, 0, 1, tail=le("<HHI", 1, 8, 0) + le("<HHI", 6, 2, 32) + ib + handles, align=8)
    s.ccmd(5, "SET_METADATA: flags tiling_info res_id size_metadata, bytes", "QQII",
           0, 0x5511, 7, 12, tail=le("<III", 1, 2, 3), align=8)
    s.ccmd(6, "BO_QUERY_INFO: res_id pad", "II", 7, 0, align=8)
    s.ccmd(7, "CREATE_CTX: priority flags", "iI", -512, 0, align=8)
    s.ccmd(7, "CREATE_CTX that destroys: id flags", "II", 1, 1, align=8)
    s.ccmd(8, "RESERVE_VMID: flags", "Q", 1, align=8)
    s.ccmd(9, "SET_PSTATE: ctx_id op flags pad", "IIII", 1, 6, 2, 0, align=8)
    s.ccmd(10, "CS_QUERY_FENCE_STATUS: ctx_id ip_type ip_instance ring fence timeout_ns flags",
           "IIIIQQQ", 1, 1, 0, 0, 99, 1_000_000_000, 1, align=8)
    s.ccmd(4, "CS_SUBMIT with a chunk beyond its end", "IIII", 1, 1, 0, 1,
           tail=le("<HHI", 1, 8, 8) + ib, align=8)
    s.ccmd(11, "no command", "II", 1, 2, align=8)


def i915():
    s = Drm("drm-i915", "virglrenderer src/drm/i915/i915_proto.h")
    s.ccmd(1, "IOCTL_SIMPLE: cmd pad, DRM_IOCTL_I915_GEM_CONTEXT_DESTROY of 8 bytes", "II",
           0x4008646e, 0, tail=le("<II", 3, 0))
    s.ccmd(2, "GETPARAM: param value", "II", 4, 0)
    s.ccmd(3, "QUERYPARAM: query_id length flags pad", "IIII", 2, 512, 0, 0)
    s.ccmd(4, "GEM_CREATE: size blob_id pad", "QII", 8192, 4, 0)
    s.ccmd(5, "GEM_CREATE_EXT: size blob_id gem_flags ext_size pad, bytes", "QIIII",
           8192, 5, 1, 8, 0, tail=le("<Q", 0xabcd))
    s.ccmd(6, "GEM_CONTEXT_CREATE: flags params_size, bytes", "II", 1, 4, tail=b"\1\0\0\0")
    objects = (le("<IIQQQQQQ", 7, 1, 0, 0, 0x10000, 1 << 2 | 1 << 4, 0, 0) +
               le("<IIQQQQQQ", 8, 0, 0, 4096, 0x20000, 1 << 7, 0, 0))
    relocs = le("<IIQQII", 8, 16, 64, 0x20000, 2, 2)
    s.ccmd(7, "GEM_EXECBUFFER2: flags context_id buffer_count batch_start batch_len relocs_count",
           "QQIIII", 1 << 11 | 1 << 12 | 1, 3, 2, 0, 512, 1, tail=objects + relocs)
    s.ccmd(8, "GEM_SET_MMAP_MODE: res_id flags", "II", 7, 1)
    s.ccmd(9, "GEM_BUSY: res_id pad", "II", 7, 0)
    s.ccmd(7, "GEM_EXECBUFFER2 with more bytes than it says", "QQIIII", 0, 3, 0, 0, 0, 0,
           tail=bytes(16))
    s.ccmd(1, "IOCTL_SIMPLE of another size than its ioctl's", "II", 0x4008646e, 0,
           tail=bytes(12))
    s.ccmd(10, "no command")


def asahi():
    s = Drm("drm-asahi", "virglrenderer src/drm/asahi/asahi_proto.h")
    s.ccmd(1, "NOP")
    s.ccmd(2, "IOCTL_SIMPLE: DRM_IOCTL_ASAHI_VM_DESTROY of 8 bytes", "I", 0x40086443,
           tail=le("<II", 1, 0))
    s.ccmd(3, "GET_PARAMS: struct drm_asahi_get_params", "IIQQ", 0, 0, 0, 264)
    s.ccmd(4, "GEM_NEW: flags bind_flags vm_id blob_id size addr", "IIIIQQ",
           2, 2 | 4, 1, 6, 16384, 0x1500000000)
    s.ccmd(5, "VM_BIND: vm_id stride count, operations", "III", 1, 32, 1,
           tail=le("<IIQQQ", 2, 7, 0, 16384, 0x1500000000))
    s.ccmd(6, "SUBMIT: flags queue_id cmdbuf_size extres_count, bytes, resources", "IIII",
           0, 1, 8, 2, tail=b"\xaa" * 8 + le("<IIII", 7, 1, 8, 3))
    s.ccmd(7, "GEM_BIND_OBJECT: op flags handle vm_id offset range object_handle pad", "IIIIQQII",
           0, 1, 7, 0, 0, 16384, 0, 0)
    s.ccmd(5, "VM_BIND of other operations than it says", "III", 1, 32, 2, tail=bytes(32))
    s.ccmd(6, "SUBMIT with a command buffer beyond its end", "IIII", 0, 1, 64, 0, tail=bytes(8))
    s.ccmd(8, "no command")


def panfrost():
    s = Drm("drm-panfrost", "virglrenderer src/drm/panfrost/panfrost_proto.h")
    s.ccmd(1, "SUBMIT: jc requirements res_id_count, ids", "QII", 0x8000, 1, 3,
           tail=le("<III", 7, 8, 9))
    s.ccmd(2, "WAIT_BO: res_id (pad) timeout_ns", "IIq", 7, 0, -1)
    s.ccmd(3, "CREATE_BO: pad size blob_id flags", "IIII", 0, 4096, 3, 1)
    s.ccmd(4, "MMAP_BO: res_id flags", "II", 7, 0)
    s.ccmd(5, "GET_PARAM: pad param", "II", 0, 1)
    s.ccmd(6, "GET_BO_OFFSET: pad res_id", "II", 0, 7)
    s.ccmd(7, "MADVISE: res_id madv", "II", 7, 1)
    s.ccmd(1, "SUBMIT with fewer ids than it says", "QII", 0, 0, 9, tail=le("<I", 1))
    s.ccmd(0, "no command")


def drm():
    s = Drm("drm", "a device whose context type is not known")
    s.ccmd(3, "any command", "Q", 5)


def cross_domain():
    s = Stream("cross-domain", "rutabaga_gfx src/cross_domain/cross_domain_protocol.rs")

    def command(number, what, form="", *values, tail=b"", ring=0, size=None):
        body = le("<" + form, *values) + tail
        s.add(what, le("<BBHI", number, ring, 8 + len(body) if size is None else size, 0) + body)

    def identifiers(ids):
        columns = [[i[k] for i in ids] + [0] * (28 - len(ids)) for k in range(3)]
        return le("<84I", *(v for c in columns for v in c))

    command(1, "INIT, legacy: query_ring_id channel_type", "II", 5, 1)
    command(1, "INIT, version 1: query_ring_id channel_ring_id channel_type", "III", 5, 6, 0x10)
    command(1, "INIT: and internal_socket_uuid", "III", 5, 6, 0xffffffff, tail=bytes(range(16)))
    command(2, "GET_IMAGE_REQUIREMENTS: width height drm_format flags", "IIII", 640, 480,
            struct.unpack("<I", b"XR24")[0], 0x11)
    command(3, "POLL")
    sync = le("<IHHI", 1, 0, 12, 3)                      # wl_display.sync(new id 3)
    registry = le("<IHHI", 1, 1, 12, 2)                  # wl_display.get_registry(new id 2)
    commit = le("<IHH", 9, 6, 8)                         # wl_surface.commit
    data = sync + registry + commit
    command(4, "SEND: num_identifiers opaque_data_size, 28 ids, types, sizes, messages", "II", 2,
            len(data), tail=identifiers([(7, 1, 4096), (0x80000001, 3, 0)]) + data)
    command(4, "SEND of bytes that are no messages", "II", 0, 5,
            tail=identifiers([]) + b"\1\2\3\4\5")
    command(5, "RECEIVE", "II", 1, 8, tail=identifiers([(9, 7, 0)]) + commit, ring=1)
    command(6, "READ: identifier hang_up opaque_data_size pad, bytes", "IIII", 0x80000001, 1, 4, 0,
            tail=b"data")
    command(7, "WRITE", "IIII", 3, 0, 3, 0, tail=b"abc")
    command(8, "CREATE_ATOMIC_MEMORY_SENTINEL: fs_id handle id pad", "QQII", 1, 2, 0x40000000, 0)
    command(9, "SIGNAL_ATOMIC_MEMORY_SENTINEL: id pad", "II", 0x40000000, 0)
    command(10, "DESTROY_ATOMIC_MEMORY_SENTINEL: id pad", "II", 0x40000000, 0)
    command(11, "READ_CREATE_EVENT: id pad", "II", 5, 0)
    command(12, "IMPORT_VIRTIOFS_HANDLE: fs_id handle id pad", "QQII", 1, 2, 3, 0)
    command(13, "ASSIGN_SOCKET_UUID: uuid id pad", "16sII", bytes(range(16, 32)), 4, 0)
    command(1, "INIT of a size that is none of the three", "IIII", 1, 2, 3, 4)
    command(4, "SEND with 29 identifiers", "II", 29, 0, tail=identifiers([]))
    command(7, "WRITE of more than there is", "IIII", 3, 0, 30, 0, tail=b"abcd")
    command(12, "IMPORT_VIRTIOFS_HANDLE, cut", "Q", 1)
    command(14, "no command", "I", 1)


def gfxstream(suffix, what, data):
    # The host does the first operation of a stream only: each has a stream of its own.
    s = Stream(f"gfxstream{suffix}", "gfxstream host/virtgpu_gfxstream_protocol.h")
    s.lines[0] = "#: stream gfxstream"
    s.add(what, data)


def all_gfxstream():
    two = [(0x1001, "CONTEXT_CREATE: resourceId"), (0x1002, "CONTEXT_PING: resourceId"),
           (0x1003, "CONTEXT_PING_WITH_RESPONSE: resourceId")]
    for op, what in two:
        gfxstream(f"-{op:x}", what, le("<II", op, 12))
    for op, what in [(0x9000, "CREATE_EXPORT_SYNC: syncHandle lo hi"),
                     (0x9001, "CREATE_IMPORT_SYNC: syncHandle lo hi"),
                     (0xa002, "CREATE_QSRI_EXPORT_VK: imageHandle lo hi"),
                     (0xf002, "PLACEHOLDER_COMMAND_VK: pad padding")]:
        gfxstream(f"-{op:x}", what, le("<III", op, 0 if op == 0xf002 else 0x89abcdef,
                                       0 if op == 0xf002 else 0x1234567))
    for op, what in [(0xa000, "CREATE_EXPORT_SYNC_VK: deviceHandle lo hi fenceHandle lo hi"),
                     (0xa001, "CREATE_IMPORT_SYNC_VK: deviceHandle lo hi fenceHandle lo hi")]:
        gfxstream(f"-{op:x}", what, le("<5I", op, 1, 2, 3, 4))
    gfxstream("-a003", "RESOURCE_CREATE_3D: target … flags pad blobId",
              le("<12IQ", 0xa003, 2, 1, 1 << 1 | 1 << 18, 640, 480, 1, 1, 0, 0, 1, 0, 77))
    gfxstream("-a004", "ACQUIRE_SYNC: padding syncId", le("<IIQ", 0xa004, 0, 55))
    gfxstream("-surplus", "CONTEXT_PING, and bytes that the host does not look at",
              le("<III", 0x1002, 12, 0x1003))
    gfxstream("-unknown", "no operation", le("<III", 0x7777, 1, 2))


def venus():
    s = Stream("venus", "virglrenderer src/venus/venus-protocol/vn_protocol_renderer_transport.h")

    def command(number, what, form="", *values, flags=0):
        s.add(what, le("<II" + form, number, flags, *values))

    here = 0x7ffd_0000_1000  # any pointer but NULL
    command(178, "vkSetReplyCommandStreamMESA: pStream {resourceId offset size}", "QIQQ",
            here, 3, 0, 4096)
    command(179, "vkSeekReplyCommandStreamMESA: position", "Q", 64)
    command(180, "vkExecuteCommandStreamsMESA: streamCount pStreams pReplyPositions "
            "dependencyCount pDependencies flags", "IQIQQIQQQIQIII",
            2, 2, 3, 0, 64, 4, 64, 128, 0, 1, 1, 0, 1, 0)
    command(188, "vkCreateRingMESA: ring pCreateInfo {sType pNext {monitor {priority}} flags …}",
            "QQIQIQIQiIII10Q", 0x55aa, here, 1000384000,
            here, 1000384006, here, 1000384007, 0, -5, 3000000,
            0, 9, 0, 132096, 50_000_000, 0, 64, 128, 192, 131072, 131264, 64)
    command(188, "vkCreateRingMESA without a chain", "QQIQII10Q", 0x55aa, here, 1000384000, 0,
            0, 9, 0, 132096, 50_000_000, 0, 64, 128, 192, 131072, 131264, 64)
    command(190, "vkNotifyRingMESA: ring seqno flags", "QII", 0x55aa, 512, 0)
    command(191, "vkWriteRingExtraMESA: ring offset value", "QQI", 0x55aa, 0, 1)
    command(251, "vkSubmitVirtqueueSeqnoMESA: ring seqno", "QQ", 0x55aa, 7)
    command(252, "vkWaitVirtqueueSeqnoMESA: seqno", "Q", 7)
    command(253, "vkWaitRingSeqnoMESA: ring seqno", "QQ", 0x55aa, 8)
    command(244, "vkResetFenceResourceMESA: device fence", "QQ", 11, 12)
    command(245, "vkWaitSemaphoreResourceMESA: device semaphore", "QQ", 11, 13)
    command(246, "vkImportSemaphoreResourceMESA: device {sType pNext semaphore resourceId}",
            "QQIQQI", 11, here, 1000384004, 0, 13, 0)
    command(17, "vkGetDeviceQueue: device queueFamilyIndex queueIndex pQueue", "QIIQQ",
            11, 0, 0, here, 14, flags=1)
    command(36, "vkDestroyFence: device fence pAllocator", "QQQ", 11, 12, 0)
    command(37, "vkResetFences: device fenceCount pFences", "QIQQQ", 11, 2, 2, 12, 15)
    command(97, "vkCmdSetDepthBias: three floats", "Qfff", 20, 0.5, -1.0, 2.25)
    command(98, "vkCmdSetBlendConstants: float[4]", "QQffff", 20, 4, 0.0, 0.25, 0.5, 1.0)
    command(106, "vkCmdDraw: vertexCount instanceCount firstVertex firstInstance", "QIIII",
            20, 3, 1, 0, 0)
    command(132, "vkCmdPushConstants: layout stageFlags offset size pValues (5 bytes)", "QQIIIQ5s3x",
            20, 21, 1, 0, 5, 5, b"\1\2\3\4\5")
    command(189, "vkDestroyRingMESA: ring", "Q", 0x55aa)
    command(0, "vkCreateInstance: not decoded, and all that follows is taken for its arguments",
            "QIQ", here, 1, 0, flags=1)
    for suffix, what, data in [
            ("unknown", "no command", le("<III", 346, 0, 5)),
            ("chain", "vkCreateRingMESA with a struct in its chain that is not known",
             le("<IIQQIQI", 188, 0, 0x55aa, here, 1000384000, here, 1000384005) + bytes(16)),
            ("long", "vkCmdUpdateBuffer: its bytes are shown as a digest",
             le("<IIQQQQQ", 117, 0, 20, 22, 0, 128, 128) + bytes(range(128)))]:
        s = Stream(f"venus-{suffix}", "virglrenderer src/venus/venus-protocol")
        s.lines[0] = "#: stream venus"
        s.add(what, data)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for make in (msm, amdgpu, i915, asahi, panfrost, drm, cross_domain, all_gfxstream, venus):
        make()
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, lines in FILES.items():
        with open(f"{sys.argv[1]}/{name}.hex", "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
