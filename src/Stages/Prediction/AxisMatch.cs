using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Prediction;

/// <summary>Brings spectra of one axis onto the axis that a model expects, without changing a number.</summary>
/// <remarks>
/// Every position of the model must be there, in the same unit and within 0.01 of the model's mean step; whatever the
/// spectra have besides is left out, and the direction of the axis does not matter. Nothing is interpolated.
/// </remarks>
public static class AxisMatch
{
    /// <summary>How far a position may lie from the model's, relative to the model's mean step.</summary>
    public const double StepShareMax = 0.01;

    /// <summary>The spectra at the model's positions, in the model's order; the chunk's own where the axes are the same.</summary>
    /// <exception cref="StageException">The unit differs, or a position is missing.</exception>
    public static Matrix Spectra(SpectralAxis model, SpectralChunk chunk)
    {
        int[] variables = Variables(model, chunk.Axis);
        bool same = variables.Length == chunk.Axis.Count && variables.Index().All(pair => pair.Index == pair.Item);
        return same ? chunk.X : chunk.X.SelectColumns(variables);
    }

    /// <summary>For every position of the model the variable of the spectra.</summary>
    internal static int[] Variables(SpectralAxis model, SpectralAxis found)
    {
        if (found.Unit != model.Unit)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"The model expects an axis in {model.UnitSymbol}, {Text(model)}; the spectra have one in {found.UnitSymbol}, {Text(found)}. "
                + "Where the unit was guessed wrongly, name it with --axis-unit; otherwise export the spectra in the model's unit.");
        }

        int[] order = [.. Enumerable.Range(0, found.Count).OrderBy(j => found.Positions[j])];
        double[] positions = [.. order.Select(j => found.Positions[j])];
        double tolerance = StepShareMax * Math.Abs(model.MeanStep);
        int[] variables = new int[model.Count];
        for (int j = 0; j < variables.Length; j++)
        {
            int nearest = Nearest(positions, model.Positions[j]);
            if (!(Math.Abs(positions[nearest] - model.Positions[j]) <= tolerance))
            {
                throw Missing(model, found, j, positions[nearest]);
            }

            variables[j] = order[nearest];
        }

        return variables;
    }

    private static int Nearest(double[] ascending, double position)
    {
        int place = Array.BinarySearch(ascending, position);
        if (place >= 0)
        {
            return place;
        }

        int above = Math.Min(~place, ascending.Length - 1);
        int below = Math.Max(above - 1, 0);
        return position - ascending[below] <= ascending[above] - position ? below : above;
    }

    private static StageException Missing(SpectralAxis model, SpectralAxis found, int variable, double nearest)
    {
        string unit = model.UnitSymbol;
        return new StageException(
            FailureKind.InvalidData,
            $"The model needs {SpectralAxis.Format(model.Positions[variable])} {unit} (variable {variable + 1} of {model.Count}), which "
            + "the spectra do not have: "
            + $"they are {Text(found)}, nearest {SpectralAxis.Format(nearest)} {unit}. "
            + $"Export them as the calibration spectra were, {Text(model)}, or calibrate on the range that both have.");
    }

    private static string Text(SpectralAxis axis)
    {
        ImmutableArray<double> positions = axis.Positions;
        return $"{axis.Count} variables from {SpectralAxis.Format(positions[0])} to {SpectralAxis.Format(positions[^1])} {axis.UnitSymbol}";
    }
}
