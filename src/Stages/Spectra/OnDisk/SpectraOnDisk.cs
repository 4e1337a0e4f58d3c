using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra.OnDisk;

/// <summary>The spectra of a study where they lie in their file, visited in the order of sample ids.</summary>
/// <remarks>
/// A pass hands out blocks of rows one after the other, whatever the order of the file, so what is summed over them has
/// the same bits for any file of the same samples. While one block is worked on, the next ones are read. Where samples
/// lie in the order of their ids, reads are long and one behind the other; otherwise each spectrum is fetched from its
/// place, which is slower. Memory: 8 bytes per sample, and <see cref="PassBytes"/> during a pass. Immutable.
/// </remarks>
public sealed class SpectraOnDisk
{
    /// <summary>Bytes of a block, about: long enough for a disk, short enough for the shared cache.</summary>
    private const int BlockBytes = 4 << 20;

    /// <summary>Rows that are taken up at once where a row is short.</summary>
    private const int BlockRowsMax = 2048;

    /// <summary>Blocks that are read while one is worked on.</summary>
    private const int BlocksAhead = 2;

    private readonly IByteFile _file;
    private readonly DiskRows _rows;
    private readonly long[] _positions;

    /// <summary>Some rows of a file, as samples in the order given.</summary>
    public SpectraOnDisk(IByteFile file, DiskRows rows, ReadOnlySpan<int> samples)
    {
        _file = file;
        _rows = rows;
        _positions = new long[samples.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            _positions[i] = rows.PositionOf(samples[i]);
        }
    }

    /// <summary>Number of samples, n.</summary>
    public int SampleCount => _positions.Length;

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
            for (int i = 1; i < _positions.Length; i++)
            {
                if (_positions[i] < _positions[i - 1])
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
    public long PassBytes => (1 + BlocksAhead) * BlockRows * _rows.RowBytes;

    /// <summary>Shows all samples, block by block in order; the next block comes when the visit has returned.</summary>
    /// <exception cref="Engine.StageException">The disk refuses.</exception>
    public async Task VisitAsync(Action<RowBlock> visit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(visit);
        var ahead = new Queue<(RowBlock Block, Task Read)>();
        var free = new Stack<byte[]>();
        int next = 0;

        // Whatever ends the pass, nobody may write into the buffers any more when it has ended.
        try
        {
            while (next < SampleCount || ahead.Count > 0)
            {
                while (next < SampleCount && ahead.Count <= BlocksAhead)
                {
                    byte[] buffer = free.TryPop(out byte[]? used) ? used : GC.AllocateUninitializedArray<byte>(checked((int)(BlockRows * _rows.RowBytes)));
                    var block = new RowBlock(next, Math.Min(BlockRows, SampleCount - next), buffer, VariableCount, IsSingle);
                    ahead.Enqueue((block, _file.ReadAsync(Pieces(block.First, block.Count), buffer, cancellation).AsTask()));
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
            _file.Read(_positions[samples[i]], buffer);
            new RowBlock(samples[i], 1, buffer, VariableCount, IsSingle).CopyTo(0, 1, target.Row(i));
        }

        return target;
    }

    private List<ByteRange> Pieces(int first, int count)
    {
        var pieces = new List<ByteRange>();
        int rowBytes = (int)_rows.RowBytes;
        for (int i = first; i < first + count;)
        {
            int run = 1;
            while (i + run < first + count && _positions[i + run] == _positions[i] + ((long)run * rowBytes))
            {
                run++;
            }

            pieces.Add(new ByteRange(_positions[i], run * rowBytes));
            i += run;
        }

        return pieces;
    }
}

/// <summary>Some spectra in the order of sample ids, while a visitor looks at them.</summary>
public sealed class RowBlock
{
    private readonly int _variables;
    private readonly bool _isSingle;

    internal RowBlock(int first, int count, byte[] buffer, int variables, bool isSingle)
    {
        First = first;
        Count = count;
        Buffer = buffer;
        _variables = variables;
        _isSingle = isSingle;
    }

    /// <summary>The first sample.</summary>
    public int First { get; }

    /// <summary>Number of samples.</summary>
    public int Count { get; }

    /// <summary>The memory that is used again after the visit.</summary>
    internal byte[] Buffer { get; }

    /// <summary>The spectra as they lie in a file of single precision.</summary>
    public SingleView Singles => new(MemoryMarshal.Cast<byte, float>(Buffer), Count, _variables, _variables);

    /// <summary>The spectra as they lie in a file of double precision.</summary>
    public MatrixView Doubles => new(MemoryMarshal.Cast<byte, double>(Buffer), Count, _variables, _variables);

    /// <summary>The bytes of one spectrum as they lie in the file.</summary>
    public ReadOnlySpan<byte> BytesOf(int i)
    {
        int rowBytes = _variables * (_isSingle ? sizeof(float) : sizeof(double));
        return Buffer.AsSpan(i * rowBytes, rowBytes);
    }

    /// <summary>Copies some spectra as doubles, which is exact.</summary>
    public void CopyTo(int start, int count, Span<double> target)
    {
        int from = start * _variables;
        int values = count * _variables;
        if (_isSingle)
        {
            Widen(MemoryMarshal.Cast<byte, float>(Buffer).Slice(from, values), target);
        }
        else
        {
            MemoryMarshal.Cast<byte, double>(Buffer).Slice(from, values).CopyTo(target);
        }
    }

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
