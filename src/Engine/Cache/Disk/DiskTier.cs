using System.Diagnostics;
using Pipeline.Engine.Cache.Keys;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Disk;

/// <summary>Values in files within a number of bytes, the least worth keeping leaving first.</summary>
/// <remarks>
/// Nothing here is durable, and nothing here fails: a file that is gone, cut or altered is a value to compute again,
/// and a disk that takes no more is a value not written. Anybody may delete any file, or the whole folder, at any moment.
/// <para>
/// Invariants: a file under its final name was written to its end, in the folder <c>tmp</c>, and renamed; KeptBytes ≤
/// CapacityBytes as far as the folders have been listed. Files are found by their names (<see cref="ArtifactFileName"/>):
/// each of the 256 folders is listed when a key of it is first asked for, and all of them in the background, so a
/// million files delay nobody. The index may be wrong about files that others deleted; the first look tells.
/// </para>
/// <para>
/// Any thread may call anything. <c>_gate</c> guards the index and is never held while a file is touched.
/// The order of eviction is that of the memory tier, without kinds: age + uses × seconds / bytes.
/// </para>
/// Ceilings: <see cref="Limits.CacheDiskBytesMax"/>, <see cref="Limits.CacheDiskFreeBytesMin"/>,
/// <see cref="Limits.ArtifactKindsMax"/> (files of further kinds are left alone). Not responsible for choosing what to
/// write, for waiting, or for two computations of one key: that is the cache's.
/// </remarks>
public sealed partial class DiskTier : IAsyncDisposable
{
    private const string TemporaryFolder = "tmp";

    // Before the first reading: a slow disk and a cold folder, so that nothing is written in vain.
    private const double FirstBytesPerSecond = 400e6;
    private const double OpenSeconds = 200e-6;
    private const double BytesPerSecondMin = 1e6;
    private const double NewestWeight = 1.0 / 4;

    // Shorter readings tell more of the opening than of the bytes.
    private const long TellingBytes = 256 * 1024;

    // Set by the constructor.
    private readonly string _root;
    private readonly TimeProvider _clock;
    private readonly long _capacityBytes;
    private readonly long _freeBytesMin;
    private readonly int _kindsMax;
    private readonly Func<string, Stream> _create;
    private readonly Func<long> _freeBytes;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _listing;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly KeyTable<DiskEntry> _table = new();
    private readonly EvictionQueue<DiskEntry> _queue = new();
    private readonly Dictionary<string, DiskKind> _kinds = [];
    private readonly bool[] _isListed = new bool[ArtifactFileName.FolderCount];
    private double _age;
    private long _keptBytes;
    private long _evictions;
    private long _damaged;
    private double _bytesPerSecond = FirstBytesPerSecond;

    // Any thread.
    private int _temporaries;

    /// <summary>Opens the tier in a folder, which is made when the first file is written; reads no file.</summary>
    /// <param name="folder">The folder, such as <c>DATA/cache</c>; it holds nothing else.</param>
    /// <param name="limits">Bytes of files, and the floor of free space.</param>
    /// <param name="clock">Measures readings and ages.</param>
    public DiskTier(string folder, Limits limits, TimeProvider clock)
        : this(folder, limits, clock, ArtifactFile.Create, freeBytes: null)
    {
    }

    /// <summary>A tier whose files and free space a test may replace.</summary>
    internal DiskTier(string folder, Limits limits, TimeProvider clock, Func<string, Stream> create, Func<long>? freeBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(clock);
        limits.Validate();
        _root = Path.GetFullPath(folder);
        _clock = clock;
        _capacityBytes = limits.CacheDiskBytesMax;
        _freeBytesMin = limits.CacheDiskFreeBytesMin;
        _kindsMax = limits.ArtifactKindsMax;
        _create = create;
        _freeBytes = freeBytes ?? FreeBytes;
        RemoveTemporaries();
        _listing = Task.Run(ListAll);
    }

    /// <summary>What the tier holds and did.</summary>
    public DiskStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                return new DiskStatistics(
                    _capacityBytes, _keptBytes, _table.Count, _evictions, _damaged, !_isListed.Contains(false), _bytesPerSecond);
            }
        }
    }

    /// <summary>Ends when all folders have been listed.</summary>
    internal Task Listing => _listing;

    /// <summary>Stops looking at folders; files stay as they are.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _listing;
        _closing.Dispose();
    }

    /// <summary>Whether a value would rather be read than computed again, opening included.</summary>
    internal bool IsWorthWriting(long sizeBytes, double computeSeconds)
    {
        lock (_gate)
        {
            return computeSeconds > OpenSeconds + (sizeBytes / _bytesPerSecond);
        }
    }

    /// <summary>Bytes that a kind has on disk.</summary>
    internal long BytesOf(string kind)
    {
        lock (_gate)
        {
            return _kinds.TryGetValue(kind, out DiskKind? found) ? found.Bytes : 0;
        }
    }

    /// <summary>The value of a key, if there is a whole file of it that is young enough; others are removed.</summary>
    internal DiskRead<T> Read<T>(Fingerprint key, IArtifactCodec<T> codec, TimeSpan? timeToLive)
        where T : class, IArtifact
    {
        List(ArtifactFileName.FolderOf(key));
        DiskEntry? entry;
        lock (_gate)
        {
            entry = _table.Find(key);
            if (entry is null)
            {
                return default;
            }

            entry.Uses++;
            entry.Priority = PriorityOf(entry);
        }

        string path = entry.Name.PathBelow(_root);
        CacheMiss reason = CacheMiss.Damaged;
        try
        {
            long start = _clock.GetTimestamp();
            using FileStream file = ArtifactFile.Open(path);
            if (ArtifactFile.TryRead(file, key, codec, out T? value) is { } header)
            {
                double seconds = _clock.GetElapsedTime(start).TotalSeconds;
                Learn(header.PayloadBytes, seconds);
                var age = TimeSpan.FromMilliseconds(Math.Max(0, _clock.GetUtcNow().ToUnixTimeMilliseconds() - header.MadeAtMs));
                if (timeToLive is not { } most || age <= most)
                {
                    return new DiskRead<T>(value, null, header.ComputeSeconds, seconds, age);
                }

                reason = CacheMiss.Expired;
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Safe: somebody deleted it, as anybody may.
            Forget(entry, isDamaged: false);
            return default;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Safe: what cannot be read is computed again.
            reason = CacheMiss.Damaged;
        }

        Forget(entry, isDamaged: reason == CacheMiss.Damaged);
        Delete(path);
        return new DiskRead<T>(null, reason, 0, 0, default);
    }

    /// <summary>Writes a value; false where there was no room or writing failed. True too if it is there already.</summary>
    internal bool Write(
        Fingerprint key, string kind, long sizeBytes, double computeSeconds, DateTimeOffset madeAt, Action<Stream> writePayload)
    {
        int folder = ArtifactFileName.FolderOf(key);
        List(folder);
        DiskKind? known;
        lock (_gate)
        {
            if (_table.Find(key) is not null)
            {
                return true;
            }

            known = KindOf(kind);
        }

        if (known is null || !ArtifactFileName.CanName(kind) || sizeBytes > _capacityBytes)
        {
            return false;
        }

        string temporary = Path.Combine(
            _root, TemporaryFolder, $"{key}-{Environment.ProcessId}-{Interlocked.Increment(ref _temporaries)}");
        try
        {
            if (!HasFreeSpace(sizeBytes))
            {
                return false;
            }

            Directory.CreateDirectory(Path.Combine(_root, TemporaryFolder));
            long payloadBytes;
            using (Stream file = _create(temporary))
            {
                payloadBytes = ArtifactFile.Write(file, key, kind, computeSeconds, madeAt.ToUnixTimeMilliseconds(), writePayload);
            }

            var name = new ArtifactFileName(key, kind, ArtifactFileName.MicrosecondsOf(computeSeconds), payloadBytes);
            if (name.FileBytes > _capacityBytes)
            {
                Delete(temporary);
                return false;
            }

            MakeRoom(name.FileBytes);
            string path = name.PathBelow(_root);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Move(temporary, path, overwrite: true);
            Add(new DiskEntry(key, known, name.FileBytes, name.ComputeSeconds));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Safe: a full or vanished disk costs the value's next computation, and the caller counts it.
            Delete(temporary);
            return false;
        }
        catch
        {
            // A defect of a codec goes on to whoever awaits the queue; only the file is ours to remove.
            Delete(temporary);
            throw;
        }
    }

    private bool HasFreeSpace(long sizeBytes)
    {
        long shortage = _freeBytesMin + sizeBytes + ArtifactHeader.SizeBytes - _freeBytes();
        if (shortage <= 0)
        {
            return true;
        }

        // Others need the disk: what is worth least gives way, down to the floor.
        Evict(keptBytesMax: Math.Max(0, Statistics.KeptBytes - shortage));
        return _freeBytes() >= _freeBytesMin + sizeBytes + ArtifactHeader.SizeBytes;
    }

    private void MakeRoom(long fileBytes) => Evict(_capacityBytes - fileBytes);

    private void Evict(long keptBytesMax)
    {
        List<DiskEntry> victims = [];
        lock (_gate)
        {
            while (_keptBytes > keptBytesMax && _queue.TryPeek(out DiskEntry? first, out double priority))
            {
                if (first.Priority > priority)
                {
                    _queue.Refresh(first);
                    continue;
                }

                _age = Math.Max(_age, first.Priority);
                _evictions++;
                Remove(first);
                victims.Add(first);
            }
        }

        victims.ForEach(victim => Delete(victim.Name.PathBelow(_root)));
    }

    private void Add(DiskEntry entry)
    {
        lock (_gate)
        {
            if (_table.Find(entry.Key) is null)
            {
                AddToIndex(entry);
            }
        }

        Evict(_capacityBytes);
    }

    private void AddToIndex(DiskEntry entry)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        entry.Priority = PriorityOf(entry);
        _table.Add(entry);
        _queue.Add(entry);
        _keptBytes += entry.SizeBytes;
        entry.Kind.Bytes += entry.SizeBytes;
    }

    private void Forget(DiskEntry entry, bool isDamaged)
    {
        lock (_gate)
        {
            _damaged += isDamaged ? 1 : 0;
            if (entry.QueueIndex >= 0)
            {
                Remove(entry);
            }
        }
    }

    private void Remove(DiskEntry entry)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        _table.Remove(entry);
        _queue.Remove(entry);
        _keptBytes -= entry.SizeBytes;
        entry.Kind.Bytes -= entry.SizeBytes;
    }

    private DiskKind? KindOf(string name)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (!_kinds.TryGetValue(name, out DiskKind? kind) && _kinds.Count < _kindsMax)
        {
            kind = new DiskKind(name);
            _kinds.Add(name, kind);
        }

        return kind;
    }

    private double PriorityOf(DiskEntry entry) => _age + (entry.Uses * entry.ComputeSeconds / entry.SizeBytes);

    private void Learn(long bytes, double seconds)
    {
        if (bytes < TellingBytes || seconds <= OpenSeconds)
        {
            return;
        }

        lock (_gate)
        {
            double rate = Math.Max(BytesPerSecondMin, bytes / (seconds - OpenSeconds));
            _bytesPerSecond += (rate - _bytesPerSecond) * NewestWeight;
        }
    }
}
