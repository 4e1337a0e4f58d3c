using System.Text;
using System.Threading.Channels;
using Pipeline.Engine;
using Pipeline.Host.Service;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Demo;

/// <summary>The laboratory of the demonstration: drops files as instruments and people do, and waits for what happens.</summary>
/// <remarks>One thread drops and waits; the daemon tells from its own threads through <see cref="Tell"/>.</remarks>
internal sealed class DemoLaboratory
{
    /// <summary>The file that says that a demonstration has made a folder, and may empty what it made there.</summary>
    public const string MarkerName = ".pipeline-demo";

    private static readonly TimeSpan PatienceMax = TimeSpan.FromMinutes(5);

    private readonly DemoCase _case;
    private readonly TimeSpan _patience;
    private readonly Channel<DaemonEvent> _events = Channel.CreateBounded<DaemonEvent>(10_000);

    public DemoLaboratory(DemoCase demo, TimeSpan? patience = null)
    {
        _case = demo;
        _patience = patience ?? PatienceMax;
    }

    /// <summary>Everything that has been waited for, in order.</summary>
    public List<DaemonEvent> Seen { get; } = [];

    /// <summary>Makes the folders anew and writes the study; returns the study's path.</summary>
    public string Prepare()
    {
        // A folder that cannot be written is the user's to mend. Only two folders that a demonstration made are emptied.
        try
        {
            string marker = Path.Combine(_case.Folder, MarkerName);
            if (!File.Exists(marker))
            {
                RefuseAnothersFolder(_case.Inbox);
                RefuseAnothersFolder(_case.Data);
                Directory.CreateDirectory(_case.Folder);
                File.WriteAllText(marker, "Made by 'pipeline demo', which makes inbox and data in this folder anew.\n");
            }

            foreach (string folder in new[] { _case.Inbox, _case.Data })
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }

                Directory.CreateDirectory(folder);
            }

            string study = Path.Combine(_case.Folder, "study.json");
            File.WriteAllText(study, StudyFile.Write(_case.StudyOf()));
            return study;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StageException(
                FailureKind.Storage, $"The demonstration cannot write to '{_case.Folder}': {error.Message} Choose another folder with --out.", error);
        }
    }

    /// <summary>Takes what the daemon tells.</summary>
    public void Tell(DaemonEvent happened) => _events.Writer.TryWrite(happened);

    /// <summary>Waits for one sort of event, keeping all that comes before it.</summary>
    /// <exception cref="StageException">A study was refused, or nothing of the sort happens for too long.</exception>
    public async Task<T> WaitAsync<T>(Func<T, bool> wanted, Task daemon, CancellationToken cancellation)
        where T : DaemonEvent
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_patience);
        while (true)
        {
            Task<DaemonEvent> next = _events.Reader.ReadAsync(patience.Token).AsTask();
            if (await Task.WhenAny(next, daemon) == daemon)
            {
                await daemon;
                cancellation.ThrowIfCancellationRequested();
                throw new InvalidOperationException("The daemon ended before the demonstration did.");
            }

            DaemonEvent happened = await OrImpatientAsync(next, cancellation);
            Seen.Add(happened);
            if (happened is T found && wanted(found))
            {
                return found;
            }

            if (happened is DaemonEvent.StudyRefused refused)
            {
                throw new StageException(FailureKind.InvalidData, $"The study '{refused.Study}' of the demonstration was refused: {refused.Message}");
            }
        }
    }

    /// <summary>Drops spectra as an Arrow file.</summary>
    public void DropArrow(string name, SpectralChunk chunk) => Drop(name, stream => ArrowSpectraWriter.Write(chunk, stream));

    /// <summary>Drops spectra as a wide text table.</summary>
    public void DropText(string name, SpectralChunk chunk) => Drop(name, stream => WideCsvWriter.Write(chunk, stream));

    /// <summary>Drops an Arrow file whose end is missing.</summary>
    public void DropCutArrow(string name, SpectralChunk chunk)
    {
        byte[] bytes = Bytes(stream => ArrowSpectraWriter.Write(chunk, stream));
        File.WriteAllBytes(PathOf(name), bytes[..(bytes.Length / 2)]);
    }

    /// <summary>Drops a text table in which somebody has typed a word between the numbers.</summary>
    public void DropSpoiltText(string name, SpectralChunk chunk)
    {
        string[] lines = Encoding.UTF8.GetString(Bytes(stream => WideCsvWriter.Write(chunk, stream))).Split('\n');
        string[] cells = lines[2].Split(',');
        cells[300] = "n.d.";
        lines[2] = string.Join(',', cells);
        File.WriteAllText(PathOf(name), string.Join('\n', lines));
    }

    /// <summary>Drops the beginning of a text table, as a slow instrument does.</summary>
    public void DropHalf(string name, SpectralChunk chunk)
    {
        byte[] bytes = Bytes(stream => WideCsvWriter.Write(chunk, stream));
        File.WriteAllBytes(PathOf(name), bytes[..(bytes.Length * 5 / 9)]);
    }

    /// <summary>Drops the laboratory's table of reference values.</summary>
    public void DropReferences(string name) => File.WriteAllText(PathOf(name), _case.References());

    /// <summary>The path of a file in the inbox.</summary>
    public string PathOf(string name) => Path.Combine(_case.Inbox, name);

    private async Task<DaemonEvent> OrImpatientAsync(Task<DaemonEvent> next, CancellationToken cancellation)
    {
        // Only the end of patience is told apart here; whoever interrupts the demonstration hears of it as usual.
        try
        {
            return await next;
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new StageException(
                FailureKind.Storage,
                $"The demonstration has waited {_patience.TotalMinutes:0.#} minutes for its daemon in vain. The machine is too slow or the folder "
                + $"'{_case.Folder}' does not take files; try --small, or another folder with --out.",
                late);
        }
    }

    private static void RefuseAnothersFolder(string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new StageException(
                FailureKind.Storage, $"'{folder}' is not empty and was not made by a demonstration; choose another --out.");
        }
    }

    private void Drop(string name, Action<Stream> write) => File.WriteAllBytes(PathOf(name), Bytes(write));

    private static byte[] Bytes(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
