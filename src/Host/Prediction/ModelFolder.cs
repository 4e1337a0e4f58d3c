using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Host.Runs;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Prediction;

/// <summary>A saved model on disk: <c>model.json</c>, <c>arrays.arrow</c> and <c>checksum.txt</c> (decision 0016).</summary>
/// <remarks>
/// Written into a folder beside the target, each file flushed to the disk, then renamed, so nobody sees half a model. A
/// model that was there before is moved aside first; a crash between the two renames leaves it as <c>.NAME.*.old</c>,
/// until the next saving to that target removes it. One program at a time saves to a target.
/// Reading checks the checksum first, so damage is found before anything is believed; a folder whose checksums fit but
/// whose content does not is refused too.
/// </remarks>
public static class ModelFolder
{
    /// <summary>The format that is written; a reader of this program knows this one and all before.</summary>
    public const int FormatVersion = 1;

    /// <summary>The largest file that is read.</summary>
    public const long BytesMax = 1L << 30;

    private const string DescriptionName = "model.json";
    private const string ArraysName = "arrays.arrow";
    private const string ChecksumName = "checksum.txt";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Saves a model, in place of the model that was there.</summary>
    /// <exception cref="StageException">The folder cannot be written, or holds something that is no saved model.</exception>
    public static void Save(SavedModel model, string folder)
    {
        string target = Path.GetFullPath(folder);
        string parent = Path.GetDirectoryName(target) ?? target;
        string unique = $".{Path.GetFileName(target)}.{Guid.NewGuid():N}";
        string temporary = Path.Combine(parent, unique + ".tmp");
        RefuseAnythingElse(target, folder);

        // What the disk refuses is the user's to mend; the target is touched by renames alone.
        try
        {
            byte[] arrays = ModelArrays.Write(model.Arrays);
            byte[] description = Describe(model);
            Directory.CreateDirectory(temporary);
            Put(temporary, DescriptionName, description);
            Put(temporary, ArraysName, arrays);
            Put(temporary, ChecksumName, Encoding.ASCII.GetBytes(Checksum(description, arrays)));
            Replace(target, temporary, Path.Combine(parent, unique + ".old"));
            DiscardLeftovers(parent, Path.GetFileName(target));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Discard(temporary);
            throw new StageException(
                FailureKind.Storage, $"The model cannot be saved to '{folder}': {error.Message} Choose another folder with --out.", error);
        }
    }

    /// <summary>Removes a model that an earlier run left, so that it is not taken for this run's.</summary>
    public static void Remove(string folder)
    {
        try
        {
            if (File.Exists(Path.Combine(folder, ChecksumName)))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Nothing has been written yet; the old model is whole or without the file that vouches for it.
            throw new StageException(
                FailureKind.Storage, $"The model of an earlier run in '{folder}' cannot be removed: {error.Message}", error);
        }
    }

    /// <summary>Reads a model.</summary>
    /// <exception cref="StageException">There is none, it is damaged, or it is of a newer format.</exception>
    public static SavedModel Load(string folder)
    {
        byte[] description = Get(folder, DescriptionName);
        byte[] arrays = Get(folder, ArraysName);
        string checksum = Encoding.Latin1.GetString(Get(folder, ChecksumName));
        RefuseDamage(folder, checksum, description, arrays);

        // The checksum vouches for the bytes, not for what somebody wrote into them.
        try
        {
            return Read(folder, description, arrays);
        }
        catch (Exception error) when (error is JsonException or IOException or InvalidDataException or ArgumentException
            or InvalidOperationException or NotSupportedException or OverflowException or FormatException)
        {
            throw Damaged(folder, $"its content cannot be read ({error.Message})", error);
        }
        catch (StageException refused) when (!refused.Message.Contains(folder, StringComparison.Ordinal))
        {
            throw new StageException(refused.Kind, $"Model '{folder}': {refused.Message}", refused);
        }
    }

    private static SavedModel Read(string folder, byte[] description, byte[] arrays)
    {
        using var document = JsonDocument.Parse(description);
        RefuseNewer(folder, document.RootElement);
        ModelFile file = document.RootElement.Deserialize<ModelFile>(Options) ?? throw new JsonException("the file says null");
        Dictionary<string, double[]> columns = ModelArrays.Read(arrays);
        var named = ImmutableArray.CreateBuilder<NamedArray>(file.Arrays.Count);
        foreach (ArrayEntry? entry in file.Arrays)
        {
            if (entry is null)
            {
                throw Damaged(folder, $"{DescriptionName} says null where it should name an array");
            }

            if (!columns.TryGetValue(entry.Name, out double[]? values))
            {
                throw Damaged(folder, $"{ArraysName} lacks the array '{entry.Name}' that {DescriptionName} names");
            }

            if (entry.Shape is not [>= 0, >= 0] || (long)entry.Shape[0] * entry.Shape[1] != values.Length)
            {
                throw Damaged(
                    folder, $"array '{entry.Name}' should have the shape [{string.Join(", ", entry.Shape)}], {ArraysName} has {values.Length} values");
            }

            if (ModelArrays.Digest(values).ToString() != entry.Sha256)
            {
                throw Damaged(folder, $"array '{entry.Name}' is not the one that {DescriptionName} names");
            }

            named.Add(new NamedArray(entry.Name, new Matrix(entry.Shape[0], entry.Shape[1], values)));
        }

        return SavedModel.Restore(file.Model, named.MoveToImmutable());
    }

    private static void RefuseNewer(string folder, JsonElement root)
    {
        int found = root.TryGetProperty("formatVersion", out JsonElement version)
            ? version.GetInt32()
            : throw Damaged(folder, $"{DescriptionName} names no formatVersion");
        if (found is < 1 or > FormatVersion)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Model '{folder}' has format {found}; this program reads formats 1 to {FormatVersion}. "
                + "Use a newer program, or save the model again with this one.");
        }
    }

    private static void RefuseDamage(string folder, string checksum, byte[] description, byte[] arrays)
    {
        // Programs that carry text from one system to another may write its line ends anew.
        string lines = checksum.Replace("\r\n", "\n", StringComparison.Ordinal);
        if (lines == Checksum(description, arrays))
        {
            return;
        }

        if (!lines.Contains(Line(DescriptionName, description), StringComparison.Ordinal))
        {
            throw Damaged(folder, $"{DescriptionName} does not agree with {ChecksumName}");
        }

        RefuseNewerWhereKnown(folder, description);
        string changed = lines.Contains(Line(ArraysName, arrays), StringComparison.Ordinal) ? ChecksumName : ArraysName;
        throw Damaged(folder, $"{changed} does not agree with {ChecksumName}");
    }

    /// <summary>A newer format may have more files, which this program would take for damage.</summary>
    private static void RefuseNewerWhereKnown(string folder, byte[] description)
    {
        // Whatever cannot be read is damaged, which the caller is about to say.
        try
        {
            using var document = JsonDocument.Parse(description);
            RefuseNewer(folder, document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return;
        }
    }

    private static byte[] Describe(SavedModel model) => JsonSerializer.SerializeToUtf8Bytes(
        new ModelFile
        {
            FormatVersion = FormatVersion,
            Model = model.Description,
            Arrays =
            [
                .. model.Arrays.Select(array => new ArrayEntry
                {
                    Name = array.Name,
                    Shape = [array.Values.Rows, array.Values.Columns],
                    Sha256 = ModelArrays.Digest(array.Values.Values).ToString(),
                }),
            ],
        },
        Options);

    private static string Checksum(byte[] description, byte[] arrays) => Line(DescriptionName, description) + Line(ArraysName, arrays);

    private static string Line(string name, byte[] bytes) => $"{Fingerprint.OfBytes(bytes)}  {name}\n";

    private static void Put(string folder, string name, byte[] bytes)
    {
        using var stream = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    private static void RefuseAnythingElse(string target, string folder)
    {
        // What cannot be looked into is not touched either; the reason is the user's to mend.
        try
        {
            if (Directory.Exists(target)
                && Directory.EnumerateFileSystemEntries(target).Any()
                && !File.Exists(Path.Combine(target, ChecksumName)))
            {
                throw new StageException(FailureKind.Storage, $"'{folder}' is not a saved model; choose another --out.");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StageException(
                FailureKind.Storage, $"The model cannot be saved to '{folder}': {error.Message} Choose another folder with --out.", error);
        }
    }

    private static void Replace(string target, string temporary, string old)
    {
        bool existed = Directory.Exists(target);
        if (existed)
        {
            Directory.Move(target, old);
        }

        // Whatever stops the new model, the old one goes back to its place.
        try
        {
            Directory.Move(temporary, target);
        }
        catch when (existed)
        {
            Directory.Move(old, target);
            throw;
        }
    }

    /// <summary>Removes the model that has just been replaced, and what crashes have left beside the target.</summary>
    private static void DiscardLeftovers(string parent, string name)
    {
        string start = $".{name}.";

        // The model is saved; a leftover that cannot be found or removed does no harm.
        try
        {
            foreach (string path in Directory.GetDirectories(parent))
            {
                string found = Path.GetFileName(path);
                if (found.StartsWith(start, StringComparison.Ordinal)
                    && found[start.Length..].Split('.') is [{ } unique, "tmp" or "old"]
                    && Guid.TryParseExact(unique, "N", out _))
                {
                    Discard(path);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    private static void Discard(string folder)
    {
        // The model is saved, or the reason why not is worth more than a leftover that could not be removed.
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    private static byte[] Get(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"'{folder}' is not a model folder: it has no {name}. 'pipeline search' saves one as 'model' in its results; name that with --model.");
        }

        using FileStream stream = SpectraFiles.Open(path);
        if (stream.Length > BytesMax)
        {
            throw new StageException(
                FailureKind.InvalidData, $"{path} has {ByteSize.Format(stream.Length)}; a model has at most {ByteSize.Format(BytesMax)}. Name a model folder.");
        }

        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static StageException Damaged(string folder, string what, Exception? inner = null) => new(
        FailureKind.InvalidData,
        $"Model '{folder}' is damaged: {what}. Take the folder from its source again, or save it anew with 'pipeline search'.",
        inner);

    /// <summary><c>model.json</c>.</summary>
    private sealed record ModelFile
    {
        public required int FormatVersion { get; init; }

        public required ModelDescription Model { get; init; }

        public required IReadOnlyList<ArrayEntry?> Arrays { get; init; }
    }

    /// <summary>What <c>model.json</c> says of one array: rows and columns, and the digest of its doubles.</summary>
    private sealed record ArrayEntry
    {
        public required string Name { get; init; }

        public required int[] Shape { get; init; }

        public required string Sha256 { get; init; }
    }
}
