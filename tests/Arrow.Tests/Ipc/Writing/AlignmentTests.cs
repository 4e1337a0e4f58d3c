using Apache.Arrow;
using Apache.Arrow.Ipc;
using Xunit;

namespace Pipeline.Arrow.Tests.Ipc.Writing;

/// <summary>Values of a mapped file lie where vectors want them.</summary>
public class AlignmentTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Buffers_StartAtMultiplesOf64OfTheWhole(bool isLegacy)
    {
        RecordBatch batch = Samples.AllTypes(100, withNulls: true);
        var options = new IpcOptions { WriteLegacyIpcFormat = isLegacy };
        byte[] stream = Transport.Write(target => new ArrowStreamWriter(target, batch.Schema, leaveOpen: true, options), batch, batch.Slice(3, 50));
        foreach (RecordBatch read in Transport.ReadMemory(stream).Batches)
        {
            foreach (ArrowBuffer buffer in read.Arrays.SelectMany(column => column.Data.Buffers).Where(buffer => !buffer.IsEmpty))
            {
                Assert.True(stream.AsSpan().Overlaps(buffer.Span, out int start));
                Assert.Equal(0, start % 64);
            }
        }
    }
}
