using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Splitting.Ordered;

namespace Pipeline.Stages.Calibration.Judging.Nested;

/// <summary>Some samples of a calibration set as a set of their own, with keys that know nothing of the others.</summary>
/// <remarks>
/// Keys break ties between candidates and seed draws: made of the whole set's key they would let held-out samples choose.
/// They are made of ids, groups, responses and a digest of each spectrum, which is taken once for all subsets. Memory 32
/// bytes for each sample.
/// </remarks>
internal sealed class SampleSubset
{
    private const int Version = 1;

    private readonly CalibrationSet _set;
    private readonly string[] _spectra;

    /// <summary>Subsets of samples whose spectra are in memory; time n p for their digests.</summary>
    public SampleSubset(CalibrationSet set)
    {
        _set = set;
        _spectra = new string[set.X.Rows];
        for (int i = 0; i < _spectra.Length; i++)
        {
            _spectra[i] = Fingerprint.OfBytes(MemoryMarshal.AsBytes(set.X.Row(i))).ToString();
        }
    }

    /// <summary>Who some samples are.</summary>
    public CalibrationManifest Manifest(int[] rows)
    {
        CalibrationManifest whole = _set.Manifest;
        ImmutableArray<string> ids = [.. rows.Select(i => whole.Ids[i])];
        SampleGroups groups = whole.Groups.Of(rows);
        ImmutableArray<string> labels = whole.FoldLabels.IsEmpty ? [] : [.. rows.Select(i => whole.FoldLabels[i])];
        Fingerprint spectraKey = new FingerprintBuilder("some spectra", Version)
            .Add("ids", ids)
            .Add("axis", whole.Axis.Positions.AsSpan())
            .Add("unit", whole.Axis.Unit.ToString())
            .Add("spectra", rows.Select(i => _spectra[i]))
            .ToFingerprint();
        double[] y = [.. rows.SelectMany(i => _set.Y.Row(i).ToArray())];
        ImmutableArray<double> places = whole.Places.IsEmpty ? [] : SamplePlaces.OfNumbers([.. rows.Select(i => whole.Places[i])]);
        FingerprintBuilder fields = new FingerprintBuilder("some samples", Version)
            .Add("spectra", spectraKey)
            .Add("response", whole.Response)
            .Add("y", y)
            .Add("groups", groups)
            .Add("folds", labels)
            .Add("classes", whole.Classes);
        if (!places.IsEmpty)
        {
            fields.Add("places", places.AsSpan());
        }

        return new CalibrationManifest(fields.ToFingerprint(), spectraKey, whole.Response, whole.Axis, ids, groups, labels)
        {
            Classes = whole.Classes,
            Places = places,
            Strata = whole.Strata.IsEmpty ? [] : [.. rows.Select(i => whole.Strata[i])],
            DistinctCount = whole.Classes.IsEmpty ? y.Distinct().Count() : 0,
        };
    }

    /// <summary>The samples themselves, copied.</summary>
    public CalibrationSet Samples(CalibrationManifest manifest, int[] rows) => new(manifest, _set.X.SelectRows(rows), _set.Y.SelectRows(rows));
}
