using System.Collections.Immutable;
using System.Security.Cryptography;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Runs;

/// <summary>Which samples calibrate and which test, from a table of ids and set names.</summary>
internal sealed class SampleSets
{
    private const string SetColumn = "set";

    private readonly Dictionary<string, string> _setOfSample;
    private readonly string _table;
    private readonly HashSet<string> _calibration;
    private readonly HashSet<string> _test;

    private SampleSets(Dictionary<string, string> setOfSample, SearchRequest request, InputFile file)
    {
        _setOfSample = setOfSample;
        File = file;
        _table = Path.GetFileName(request.SplitPath!);
        _calibration = [.. request.CalibrationSets];
        _test = [.. request.TestSets];
        if (_calibration.Intersect(_test).FirstOrDefault() is { } both)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"Set '{both}' is named for --calibration and for --test; name it for one of them.");
        }

        RequireMembers(_calibration, "--calibration");
        RequireMembers(_test, "--test");
    }

    /// <summary>The table's file.</summary>
    public InputFile File { get; }

    /// <summary>Reads the table and checks that its ids and set names fit the request.</summary>
    public static SampleSets Read(SearchRequest request, SpectralChunk chunk)
    {
        using FileStream stream = SpectraFiles.Open(request.SplitPath!);
        var file = new InputFile("sets", Path.GetFullPath(request.SplitPath!), Fingerprint.FromHash(SHA256.HashData(stream)), stream.Length);
        stream.Position = 0;
        LabelJoin join = LabelTable.Read(stream).Join(chunk, SetColumn);
        if (join.WithoutLabel is [{ } missing, ..])
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Path.GetFileName(request.SplitPath)} has no line for sample '{missing}' of {Path.GetFileName(request.DataPath)} "
                + $"({join.WithoutLabel.Length} samples lack one). Every sample needs a line with the same id.");
        }

        ImmutableArray<string> sets = join.Chunk.Labels.Single(label => label.Name.Equals(SetColumn, StringComparison.OrdinalIgnoreCase)).Values;
        return new SampleSets(chunk.Ids.Zip(sets).ToDictionary(pair => pair.First, pair => pair.Second), request, file);
    }

    /// <summary>True for a sample that the search may learn from.</summary>
    public bool IsCalibration(string id) => _calibration.Contains(_setOfSample[id]);

    /// <summary>True for a sample that the search must not see.</summary>
    public bool IsTest(string id) => _test.Contains(_setOfSample[id]);

    private void RequireMembers(HashSet<string> names, string option)
    {
        string[] present = [.. _setOfSample.Values.Distinct().Order(StringComparer.Ordinal)];
        if (!names.Overlaps(present))
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{_table} assigns no sample to {string.Join(" or ", names.Select(name => $"'{name}'"))}; it has the sets "
                + $"{string.Join(", ", present)}. Name them with {option}.");
        }
    }
}
