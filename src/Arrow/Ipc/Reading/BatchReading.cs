using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>With what a reader reads: whose memory, whose codecs, and whether a dictionary may replace an earlier one.</summary>
internal sealed record BatchReading(MemoryAllocator? Allocator, ICompressionCodecFactory? Codecs, bool CanReplace);
