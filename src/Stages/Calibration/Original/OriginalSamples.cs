using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration.Original;

/// <summary>The samples of a file that have the response, in the order of the file, as the original took them.</summary>
/// <param name="X">n × p spectra.</param>
/// <param name="Y">n × 1 responses.</param>
/// <param name="Axis">The axis.</param>
public sealed record OriginalSamples(Matrix X, Matrix Y, SpectralAxis Axis)
{
    /// <summary>The samples of a chunk.</summary>
    /// <exception cref="StageException">The response is unknown, is of classes, or no sample has it; a spectrum has a missing value.</exception>
    public static OriginalSamples Of(Study study, SpectralChunk chunk)
    {
        BoundResponse response = BoundResponse.Of(study, chunk);
        if (response.IsOfClasses)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"The seed profile calibrates numbers, and response '{response.Name}' is of classes. Use the honest profile.");
        }

        int[] known = [.. Enumerable.Range(0, chunk.SampleCount).Where(i => !double.IsNaN(response.Values[i]))];
        if (known.Length == 0)
        {
            throw new StageException(FailureKind.InvalidData, $"Response '{response.Name}' has no value for any sample. Add its values, "
                + "or name another response.");
        }

        foreach (int i in known)
        {
            if (chunk.X.Row(i).ContainsAnyExceptInRange(double.MinValue, double.MaxValue))
            {
                throw new StageException(FailureKind.InvalidData, $"Sample '{chunk.Ids[i]}' has a value that is no number. Remove the "
                    + "sample or mend the value.");
            }
        }

        ImmutableArray<double> values = [.. known.Select(i => response.Values[i])];
        return new OriginalSamples(chunk.X.SelectRows(known), new Matrix(known.Length, 1, [.. values]), chunk.Axis);
    }
}
