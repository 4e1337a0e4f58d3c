using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra.OnDisk;

/// <summary>The spectra of a study where they lie in their file, visited in the order of sample ids.</summary>
/// <remarks>
/// A pass hands out blocks of rows one after the other, whatever the order of the file, so what is summed over them has
/// the same bits for any file of the same samples. While one block is worked on, the next ones are read. Where samples
/// lie in the order of their ids, reads are long and one behind the other, as the system reads ahead; otherwise each
/// spectrum is fetched from its place, blocks at the same time, which is slower. Memory: 4 bytes per sample, and
/// <see cref="PassBytes"/> during a pass, borrowed so that the next pass uses them again. Immutable.
/// </remarks>
public sealed class SpectraOnDisk
{
    /// <summary>Bytes of a block, about: long enough for a disk, short enough for the shared cache.</summary>
    private const int BlockBytes = 4 << 20;

    /// <summary>Rows that are taken up at once where a row is short.</summary>
    private const int BlockRowsMax = 2048;

    /// <summary>Blocks that are read while one is worked on.</summary>
    private const int BlocksAhead = 2;

    /// <summary>Rows of a piece of the file, on average, from which on the disk is better read by one reader.</summary>
    private const int LongRun = 8;

    private readonly IByteFile _file;
    private readonly DiskRows _rows;
    private readonly int[] _samples;

    /// <summary>Some rows of a file, as samples in the order given; the array must not change any more.</summary>
    public SpectraOnDisk(IByteFile file, DiskRows rows, int[] samples)
    {
        _file = file;
        _rows = rows;
        _samples = samples;
        foreach (int row in samples)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)rows.Count, nameof(samples));
        }
    }

    /// <summary>Number of samples, n.</summary>
    public int SampleCount => _samples.Length;

    /// <summary>Number of variables, p.</summary>
    public int VariableCount => _rows.VariableCount;

    /// <summary>Whether values are of single precision.</summary>
    public bool IsSingle => _rows.ValueBytes == sizeof(float);

    /// <summary>Bytes of all spectra.</summary>
    public long SpectraBytes => SampleCount * _rows.RowBytes;

    /// <summary>Whether the samples lie in the order in which they are visited.</summary>
    public bool IsInFileOrder
    {
        get
        {
            for (int i = 1; i < _samples.Length; i++)
            {
                if (_rows.PositionOf(_samples[i]) < _rows.PositionOf(_samples[i - 1]))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Rows of a block.</summary>
    public int BlockRows => (int)Math.Clamp(BlockBytes / _rows.RowBytes, 1, BlockRowsMax);

    /// <summary>Bytes that a pass holds, beside what its visitor does.</summary>
    public long PassBytes => (1 + BlocksAhead) * (long)BitOperations.RoundUpToPowerOf2((ulong)(BlockRows * _rows.RowBytes));

    /// <summary>Shows all samples, block by block in order; the next block comes when the visit has returned.</summary>
    /// <exception cref="Engine.StageException">The disk refuses.</exception>
    public async Task VisitAsync(Action<RowBlock> visit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(visit);
        var ahead = new Queue<(RowBlock Block, Task Read)>();
        var free = new Stack<byte[]>();
        var borrowed = new List<byte[]>();
        Task last = Task.CompletedTask;
        int next = 0;

        // Whatever ends the pass, nobody may write into the buffers any more when it has ended.
        try
        {
            while (next < SampleCount || ahead.Count > 0)
            {
                while (next < SampleCount && ahead.Count <= BlocksAhead)
                {
                    byte[] buffer = free.TryPop(out byte[]? used) ? used : Borrow(borrowed);
                    var block = new RowBlock(next, Math.Min(BlockRows, SampleCount - next), buffer, VariableCount, IsSingle);
                    last = ReadAsync(block, last, cancellation);
                    ahead.Enqueue((block, last));
                    next += block.Count;
                }

                (RowBlock current, Task read) = ahead.Peek();
                await read;
                ahead.Dequeue();
                cancellation.ThrowIfCancellationRequested();
                visit(current);
                free.Push(current.Buffer);
            }
        }
        finally
        {
            await Task.WhenAll(ahead.Select(one => one.Read)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            borrowed.ForEach(buffer => ArrayPool<byte>.Shared.Return(buffer));
        }
    }

    /// <summary>A copy of some spectra as doubles, in the order given; one read for each, so for few of them.</summary>
    /// <exception cref="Engine.StageException">The disk refuses.</exception>
    public Matrix SelectRows(ReadOnlySpan<int> samples)
    {
        var target = new Matrix(samples.Length, VariableCount);
        byte[] buffer = new byte[checked((int)_rows.RowBytes)];
        for (int i = 0; i < samples.Length; i++)
        {
            _file.Read(_rows.PositionOf(_samples[samples[i]]), buffer);
            new RowBlock(samples[i], 1, buffer, VariableCount, IsSingle).CopyTo(0, target.Row(i));
        }

        return target;
    }

    /// <summary>Reads a block: long pieces after those of the block before, for two readers at once look to the system like random ones.</summary>
    private async Task ReadAsync(RowBlock block, Task before, CancellationToken cancellation)
    {
        List<ByteRange> pieces = Pieces(block.First, block.Count);
        if (pieces.Count * LongRun <= block.Count)
        {
            await before;
        }

        await _file.ReadAsync(pieces, block.Buffer, cancellation);
    }

    private byte[] Borrow(List<byte[]> borrowed)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(checked((int)(BlockRows * _rows.RowBytes)));
        borrowed.Add(buffer);
        return buffer;
    }

    private List<ByteRange> Pieces(int first, int count)
    {
        var pieces = new List<ByteRange>();
        int rowBytes = (int)_rows.RowBytes;
        for (int i = first; i < first + count;)
        {
            (long position, int left) = _rows.PlaceOf(_samples[i]);
            int most = Math.Min(left, first + count - i);
            int run = 1;
            while (run < most && _samples[i + run] == _samples[i] + run)
            {
                run++;
            }

            pieces.Add(new ByteRange(position, run * rowBytes));
            i += run;
        }

        return pieces;
    }
}

/// <summary>Some spectra in the order of sample ids, while a visitor looks at them.</summary>
public sealed class RowBlock
{
    private const int LineBytes = 64;

    private readonly bool _isSingle;

    internal RowBlock(int first, int count, byte[] buffer, int variables, bool isSingle)
    {
        First = first;
        Count = count;
        Buffer = buffer;
        VariableCount = variables;
        _isSingle = isSingle;
    }

    /// <summary>The first sample.</summary>
    public int First { get; }

    /// <summary>Number of samples.</summary>
    public int Count { get; }

    /// <summary>Number of variables, p.</summary>
    public int VariableCount { get; }

    /// <summary>The memory that is used again after the visit.</summary>
    internal byte[] Buffer { get; }

    /// <summary>The spectra as they lie in a file of single precision.</summary>
    public SingleView Singles => new(MemoryMarshal.Cast<byte, float>(Buffer), Count, VariableCount, VariableCount);

    /// <summary>The spectra as they lie in a file of double precision.</summary>
    public MatrixView Doubles => new(MemoryMarshal.Cast<byte, double>(Buffer), Count, VariableCount, VariableCount);

    /// <summary>The bytes of one spectrum as they lie in the file.</summary>
    public ReadOnlySpan<byte> BytesOf(int i)
    {
        int rowBytes = VariableCount * (_isSingle ? sizeof(float) : sizeof(double));
        return Buffer.AsSpan(i * rowBytes, rowBytes);
    }

    /// <summary>Asks for a spectrum that will be looked at soon; changes nothing but how long that takes.</summary>
    internal unsafe void Prefetch(int i)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = BytesOf(i);
        fixed (byte* row = bytes)
        {
            for (int at = 0; at < bytes.Length; at += LineBytes)
            {
                Sse.Prefetch1(row + at);
            }
        }
    }

    /// <summary>Copies one spectrum as doubles, which is exact.</summary>
    public void CopyTo(int i, Span<double> target)
    {
        if (_isSingle)
        {
            Widen(Singles.Row(i), target);
        }
        else
        {
            Doubles.Row(i).CopyTo(target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen(ReadOnlySpan<float> source, Span<double> target)
    {
        int i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(source[i..]), out Vector<double> low, out Vector<double> high);
            low.CopyTo(target[i..]);
            high.CopyTo(target[(i + Vector<double>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }
}
