using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.Service;

/// <summary>What a bound study remembers across restarts: its latest complete run.</summary>
/// <param name="SamplesKey">Key of the calibration set of that run, or nothing before the first.</param>
/// <param name="References">How many reference values it had.</param>
/// <param name="ModelFolder">Where its model lies below the study's folder, or nothing where it gave none.</param>
public sealed record StudyState(string SamplesKey, int References, string ModelFolder)
{
    /// <summary>A study that has never run.</summary>
    public static StudyState None { get; } = new("", 0, "");

    /// <summary>Reads the state; none where there is no file.</summary>
    /// <exception cref="StageException">The file is damaged.</exception>
    public static StudyState Read(IStorage storage, string path)
    {
        if (storage.Stamp(path) is null)
        {
            return None;
        }

        using Stream stream = storage.OpenRead(path);
        try
        {
            return JsonSerializer.Deserialize<StudyState>(stream) ?? None;
        }
        catch (JsonException damaged)
        {
            throw new StageException(
                FailureKind.Storage, $"'{path}' is damaged: {damaged.Message} Delete it, and the study runs again.", damaged);
        }
    }

    /// <summary>Writes the state durably; a run counts only from here on.</summary>
    public void Write(IStorage storage, string path) =>
        storage.Write(path, stream => JsonSerializer.Serialize(stream, this));
}
