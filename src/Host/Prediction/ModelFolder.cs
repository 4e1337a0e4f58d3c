using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Prediction;

/// <summary>A saved model on disk: <c>model.json</c>, <c>arrays.arrow</c> and <c>checksum.txt</c> (decision 0016).</summary>
/// <remarks>
/// Written into a folder beside the target, each file and the folder durable, then renamed, so nobody sees half a model. A
/// model that was there before is moved aside first, as <c>.NAME.*.old</c>; after a crash between the two renames it is
/// read from there, until the next saving to that target, or its removal, ends it. One program at a time saves to a target.
/// Reading checks the checksum first, so damage is found before anything is believed; a folder whose checksums fit but
/// whose content does not is refused too.
/// </remarks>
public static class ModelFolder
{
    /// <summary>The latest format; a reader of this program knows this one and all before.</summary>
    /// <remarks>1 holds a line of one number and is still what a line is written as; 2 holds any model, also of classes.</remarks>
    public const int FormatVersion = 2;

    /// <summary>The largest file that is read.</summary>
    public const long BytesMax = 1L << 30;

    private const string DescriptionName = "model.json";
    private const string ArraysName = "arrays.arrow";
    private const string ChecksumName = "checksum.txt";

    private static readonly LocalStorage Local = new();

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
    };

    /// <summary>Saves a model, in place of the model that was there.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder that it becomes; its parents are made.</param>
    /// <param name="storage">Where the folder lies; the disks of this machine where none is given.</param>
    /// <exception cref="StageException">The folder cannot be written, or holds something that is no saved model.</exception>
    public static void Save(SavedModel model, string folder, IStorage? storage = null)
    {
        byte[] arrays = ModelArrays.Write(model.Arrays);
        byte[] description = ModelJson.Of(model);
        IStorage disk = storage ?? Local;
        var place = new ModelPlace(disk, Path.GetFullPath(folder));
        string temporary = place.NewName(ModelPlace.NewEnding);

        // What the disk refuses is the user's to mend; the target is touched by renames alone.
        try
        {
            RefuseAnythingElse(place, folder);
            disk.CreateFolder(temporary);
            Put(disk, temporary, DescriptionName, description);
            Put(disk, temporary, ArraysName, arrays);
            Put(disk, temporary, ChecksumName, Encoding.ASCII.GetBytes(Checksum(description, arrays)));
            place.Replace(temporary);
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            place.Discard(temporary);
            throw new StageException(
                FailureKind.Storage, $"The model cannot be saved to '{folder}': {refused.Message} Choose another folder with --out.", refused);
        }

        place.DiscardLeftovers();
    }

    /// <summary>Removes a model that an earlier run left, so that it is not taken for this run's.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="storage">Where the folder lies; the disks of this machine where none is given.</param>
    /// <exception cref="StageException">It cannot be removed; it is whole or gone.</exception>
    public static void Remove(string folder, IStorage? storage = null)
    {
        IStorage disk = storage ?? Local;
        var place = new ModelPlace(disk, Path.GetFullPath(folder));

        // A rename takes the model away as a whole; a crash after that leaves what nobody reads.
        try
        {
            place.DiscardEarlier();
            if (disk.Stamp(Path.Combine(place.Target, ChecksumName)) is not null)
            {
                disk.MoveFolder(place.Target, place.NewName(ModelPlace.NewEnding));
            }

            place.DiscardUnread();
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            throw new StageException(
                FailureKind.Storage, $"The model of an earlier run in '{folder}' cannot be removed: {refused.Message}", refused);
        }
    }

    /// <summary>Reads a model.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="storage">Where the folder lies; the disks of this machine where none is given.</param>
    /// <exception cref="StageException">There is none, it is damaged, or it is of a newer format.</exception>
    public static SavedModel Load(string folder, IStorage? storage = null)
    {
        IStorage disk = storage ?? Local;
        string place = PlaceOf(folder, disk);
        byte[] description = Get(disk, folder, place, DescriptionName);
        byte[] arrays = Get(disk, folder, place, ArraysName);
        string checksum = Encoding.Latin1.GetString(Get(disk, folder, place, ChecksumName));
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

    /// <summary>Reads what a model says of itself, without its arrays.</summary>
    /// <exception cref="StageException">There is none, its description cannot be read, or it is of a newer format.</exception>
    internal static ModelDescription Describe(string folder, IStorage disk)
    {
        byte[] description = Get(disk, folder, PlaceOf(folder, disk), DescriptionName);
        try
        {
            using var document = JsonDocument.Parse(description);
            RefuseNewer(folder, document.RootElement);
            return (document.RootElement.Deserialize<ModelFile>(Options) ?? throw new JsonException("the file says null")).Model;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // Only this file has been read; whoever loads the whole model checks its checksum first.
            throw Damaged(folder, $"{DescriptionName} cannot be read ({error.Message})", error);
        }
    }

    private static string PlaceOf(string folder, IStorage disk)
    {
        // A crash between two renames: the model is whole, only its name is missing.
        string place = Path.GetFullPath(folder);
        return !disk.FolderExists(place) && new ModelPlace(disk, place).Earlier() is { } earlier ? earlier : place;
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

    private static string Checksum(byte[] description, byte[] arrays) => Line(DescriptionName, description) + Line(ArraysName, arrays);

    private static string Line(string name, byte[] bytes) => $"{Fingerprint.OfBytes(bytes)}  {name}\n";

    private static void Put(IStorage disk, string folder, string name, byte[] bytes) =>
        disk.Write(Path.Combine(folder, name), stream => stream.Write(bytes));

    private static void RefuseAnythingElse(ModelPlace place, string folder)
    {
        if (!place.IsFree(ChecksumName))
        {
            throw new StageException(FailureKind.Storage, $"'{folder}' is not a saved model; choose another --out.");
        }
    }

    private static byte[] Get(IStorage disk, string folder, string place, string name)
    {
        string path = Path.Combine(place, name);
        if (disk.Stamp(path) is not { } stamp)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"'{folder}' is not a model folder: it has no {name}. 'pipeline search' saves one as 'model' in its results; name that with --model.");
        }

        if (stamp.LengthBytes > BytesMax)
        {
            throw new StageException(
                FailureKind.InvalidData, $"{path} has {ByteSize.Format(stamp.LengthBytes)}; a model has at most "
                    + $"{ByteSize.Format(BytesMax)}. Name a model folder.");
        }

        // The disk may fail or the file change while it is read; both are damage to whoever wants the model.
        try
        {
            using Stream stream = disk.OpenRead(path);
            byte[] bytes = new byte[stamp.LengthBytes];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException error)
        {
            throw Damaged(folder, $"{name} cannot be read ({error.Message})", error);
        }
    }

    private static StageException Damaged(string folder, string what, Exception? inner = null) => new(
        FailureKind.InvalidData,
        $"Model '{folder}' is damaged: {what}. Take the folder from its source again, or save it anew with 'pipeline search'.",
        inner);

    /// <summary><c>model.json</c>, as <see cref="ModelJson"/> writes it.</summary>
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
