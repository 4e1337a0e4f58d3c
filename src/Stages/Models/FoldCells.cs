using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;

namespace Pipeline.Stages.Models;

/// <summary>The cells of one family's cross-validation, which folds that are visited side by side write one after the other.</summary>
/// <param name="family">The family, which names its settings.</param>
/// <param name="subsets">The choices of variables.</param>
/// <param name="settings">The settings.</param>
/// <param name="answerable">For each choice the settings, by index, that it can answer.</param>
/// <param name="cells">The table.</param>
internal sealed class FoldCells(
    ICandidateFamily family,
    ImmutableArray<ISubset> subsets,
    ImmutableArray<ModelSetting> settings,
    ImmutableArray<ImmutableArray<int>> answerable,
    CellTable cells)
{
    private readonly Lock _gate = new();

    /// <summary>
    /// Bad data or numerics end what depends on them and nothing else: whatever else the unit computes stands on its own.
    /// </summary>
    public static void Guard(Action body, Action<string> fail)
    {
        try
        {
            body();
        }
        catch (StageException failure) when (failure.Kind is FailureKind.InvalidData or FailureKind.Numerical)
        {
            fail(failure.Message);
        }
    }

    /// <summary>Where several folds of one subset are predicted together.</summary>
    public FoldPredictions Predictions(int s, ImmutableArray<int> some) => new(cells, [.. some.Select(j => cells.IndexOf(s, j))]);

    /// <summary>Writes what a fit predicts of the held-out samples of a fold, or why it cannot.</summary>
    public void Write(int s, int k, ImmutableArray<int> some, FittedPath fit, Matrix heldOut)
    {
        int q = cells.OutputCount;
        var yHat = new Matrix(heldOut.Rows, fit.Settings.Length * q);
        fit.Path.Predict(heldOut.View, yHat.Span);
        double[] values = new double[heldOut.Rows * q];
        lock (_gate)
        {
            foreach (int j in some)
            {
                int index = fit.Settings.IndexOf(j);
                int candidate = cells.IndexOf(s, j);
                if (fit.Path.FailureOf(index) is { } reason)
                {
                    cells.Fail(candidate, k, reason);
                    continue;
                }

                NaiveFolds.CopyOutputs(yHat, index, q, values);
                cells.Complete(candidate, k, values);
            }
        }
    }

    /// <summary>Counts the variables that a fold chose.</summary>
    public void CountSelection(int s, ImmutableArray<int> some, int[] variables, int variableCount)
    {
        lock (_gate)
        {
            foreach (int j in some)
            {
                cells.CountSelection(cells.IndexOf(s, j), variables, variableCount);
            }
        }
    }

    /// <summary>Names candidates by their choice on all samples, unless that is too narrow for what every fold's choice could answer.</summary>
    /// <param name="s">The choice.</param>
    /// <param name="some">Its settings.</param>
    /// <param name="variables">What was chosen.</param>
    /// <param name="usable">The settings that so many variables can answer.</param>
    public void Name(int s, ImmutableArray<int> some, int[] variables, ImmutableArray<ModelSetting> usable)
    {
        foreach (int j in some)
        {
            int candidate = cells.IndexOf(s, j);
            if (usable.Contains(settings[j]))
            {
                cells.SetSelection(candidate, variables);
            }
            else
            {
                cells.FailSelection(
                    candidate, $"{variables.Length} variables are chosen on all samples, which cannot answer {family.Describe(settings[j])}.");
            }
        }
    }

    /// <summary>Gives the open cells of some settings in one fold a reason in place of an answer.</summary>
    public void Fail(int s, ImmutableArray<int> some, int k, string reason)
    {
        lock (_gate)
        {
            foreach (int candidate in some.Select(j => cells.IndexOf(s, j)).Where(candidate => cells.IsOpen(candidate, k)))
            {
                cells.Fail(candidate, k, reason);
            }
        }
    }

    /// <summary>The same of all that is open in a fold.</summary>
    public void FailOpen(int k, string reason)
    {
        for (int s = 0; s < subsets.Length; s++)
        {
            Fail(s, answerable[s], k, reason);
        }
    }

    /// <summary>Leaves candidates without a choice on all samples, for a reason.</summary>
    public void FailName(int s, ImmutableArray<int> some, string reason)
    {
        foreach (int j in some)
        {
            cells.FailSelection(cells.IndexOf(s, j), reason);
        }
    }

    /// <summary>The same of all candidates that choose.</summary>
    public void FailNames(string reason)
    {
        for (int s = 0; s < subsets.Length; s++)
        {
            FailName(s, subsets[s] is FullSpectrum ? [] : answerable[s], reason);
        }
    }
}
