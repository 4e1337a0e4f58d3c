using System.Collections.Immutable;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>All cells of one unit: every subset × setting × fold, with out-of-fold predictions or their sums.</summary>
/// <remarks>
/// Predictions are n numbers for each candidate; where spectra are larger than memory these would be, too, and cells
/// keep <see cref="PredictionSums"/> in their place.
/// A cell is written once: <c>Complete</c> or <see cref="Fail"/>; a second write is a defect and throws.
/// Written by one thread. Bytes: see <see cref="SizeBytes"/>.
/// </remarks>
public sealed partial class CellTable
{
    private readonly Folds _folds;
    private readonly double[] _predictions;
    private readonly PredictionSums[]? _sums;
    private readonly bool[] _completed;
    private readonly string?[] _failures;
    private readonly int[]?[] _selected;
    private readonly string?[] _selectionFailures;
    private readonly int[]?[] _timesSelected;

    /// <summary>A table with every cell open.</summary>
    /// <param name="folds">The folds.</param>
    /// <param name="subsetCount">Number of variable subsets.</param>
    /// <param name="settingCount">Number of settings.</param>
    /// <param name="keepsSums">Whether cells keep sums and no predictions.</param>
    /// <param name="outputCount">Values predicted per sample, q: 1, or the number of classes.</param>
    public CellTable(Folds folds, int subsetCount, int settingCount, bool keepsSums = false, int outputCount = 1)
    {
        _folds = folds;
        SubsetCount = subsetCount;
        SettingCount = settingCount;
        OutputCount = outputCount;
        int candidates = checked(subsetCount * settingCount);
        _predictions = HugePages.Advise(new double[keepsSums ? 0 : checked(candidates * folds.SampleCount * outputCount)]);
        Array.Fill(_predictions, double.NaN);
        _completed = new bool[checked(candidates * folds.Count)];
        _sums = keepsSums ? new PredictionSums[_completed.Length] : null;
        _failures = new string?[_completed.Length];
        _selected = new int[]?[candidates];
        _selectionFailures = new string?[candidates];
        _timesSelected = new int[]?[candidates];
    }

    /// <summary>
    /// Bytes of a table: predictions of every candidate, 9 bytes per cell, and for every candidate that selects variables
    /// its counts and its choice.
    /// </summary>
    public static long SizeBytes(long samples, long folds, long candidates, long selectingCandidates, long variables, long outputs = 1) =>
        (candidates * ((samples * outputs * sizeof(double)) + (folds * (sizeof(bool) + IntPtr.Size)) + (3 * IntPtr.Size)))
        + (selectingCandidates * variables * 2 * sizeof(int));

    /// <summary>Bytes of a table that keeps sums.</summary>
    public static long SumBytes(long folds, long candidates) =>
        SizeBytes(0, folds, candidates, 0, 0) + (candidates * folds * System.Runtime.CompilerServices.Unsafe.SizeOf<PredictionSums>());

    /// <summary>Whether cells keep sums and no predictions.</summary>
    public bool KeepsSums => _sums is not null;

    /// <summary>Number of variable subsets.</summary>
    public int SubsetCount { get; }

    /// <summary>Number of settings of the family.</summary>
    public int SettingCount { get; }

    /// <summary>Values predicted per sample, q: 1, or the number of classes.</summary>
    public int OutputCount { get; }

    /// <summary>Number of candidates: subsets × settings.</summary>
    public int CandidateCount => SubsetCount * SettingCount;

    /// <summary>Number of folds, K.</summary>
    public int FoldCount => _folds.Count;

    /// <summary>Number of samples, n.</summary>
    public int SampleCount => _folds.SampleCount;

    /// <summary>The 0-based index of a candidate.</summary>
    public int IndexOf(int subset, int setting) => (subset * SettingCount) + setting;

    /// <summary>The samples whose predictions a fold's cells hold, ascending.</summary>
    public ReadOnlySpan<int> HeldOut(int fold) => _folds.HeldOut(fold);

    /// <summary>Writes the predictions of one cell, in the order of the fold's held-out samples, the q values of a sample side by side.</summary>
    public void Complete(int candidate, int fold, ReadOnlySpan<double> yHat)
    {
        int cell = Open(candidate, fold);
        ReadOnlySpan<int> samples = _folds.HeldOut(fold);
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Length, samples.Length * OutputCount);
        if (yHat.ContainsAnyExceptInRange(double.MinValue, double.MaxValue))
        {
            _failures[cell] = "a prediction is not a finite number";
            return;
        }

        Span<double> rows = Room(candidate);
        for (int i = 0; i < samples.Length; i++)
        {
            yHat.Slice(i * OutputCount, OutputCount).CopyTo(rows[(samples[i] * OutputCount)..]);
        }

        _completed[cell] = true;
    }

    /// <summary>Writes the sums of one cell, in a table that keeps them.</summary>
    public void Complete(int candidate, int fold, in PredictionSums sums)
    {
        int cell = Open(candidate, fold);
        if (!double.IsFinite(sums.SquaredErrors) || !double.IsFinite(sums.PredictedSquares))
        {
            _failures[cell] = "a prediction is not a finite number";
            return;
        }

        Sums()[cell] = sums;
        _completed[cell] = true;
    }

    /// <summary>Says why one cell has no predictions.</summary>
    public void Fail(int candidate, int fold, string reason) => _failures[Open(candidate, fold)] = reason;

    /// <summary>Counts one fold's choice of variables for a candidate.</summary>
    public void CountSelection(int candidate, ReadOnlySpan<int> variables, int variableCount)
    {
        int[] times = _timesSelected[candidate] ??= new int[variableCount];
        foreach (int j in variables)
        {
            times[j]++;
        }
    }

    /// <summary>Keeps the choice of variables on all calibration samples, which names the candidate.</summary>
    public void SetSelection(int candidate, int[] variables) => _selected[candidate] = variables;

    /// <summary>Says why no variables could be chosen on all calibration samples; such a candidate cannot be used.</summary>
    public void FailSelection(int candidate, string reason) => _selectionFailures[candidate] = reason;

    /// <summary>Why no variables could be chosen on all calibration samples, or null.</summary>
    public string? SelectionFailureOf(int candidate) => _selectionFailures[candidate];

    /// <summary>True where the cell is neither complete nor failed.</summary>
    public bool IsOpen(int candidate, int fold) => !IsComplete(candidate, fold) && FailureOf(candidate, fold) is null;

    /// <summary>True where the cell has predictions.</summary>
    public bool IsComplete(int candidate, int fold) => _completed[(candidate * FoldCount) + fold];

    /// <summary>Why the cell has no predictions, or null.</summary>
    public string? FailureOf(int candidate, int fold) => _failures[(candidate * FoldCount) + fold];

    /// <summary>Out-of-fold predictions of a candidate, q per sample; NaN where a cell is open or failed.</summary>
    public ReadOnlySpan<double> Predictions(int candidate) => Room(candidate);

    /// <summary>The sums of a candidate, fold by fold, in a table that keeps them.</summary>
    public ReadOnlySpan<PredictionSums> SumsOf(int candidate) => Sums().AsSpan(candidate * FoldCount, FoldCount);

    /// <summary>The variables chosen on all calibration samples; empty for the full spectrum.</summary>
    public ImmutableArray<int> Selection(int candidate) =>
        _selected[candidate] is { } variables ? ImmutableArray.Create(variables) : [];

    /// <summary>How many folds chose each variable; empty for the full spectrum.</summary>
    public ReadOnlySpan<int> TimesSelected(int candidate) => _timesSelected[candidate];

    private Span<double> Room(int candidate) =>
        _predictions.AsSpan(candidate * SampleCount * OutputCount, SampleCount * OutputCount);

    private PredictionSums[] Sums() => _sums ?? throw new InvalidOperationException("This table keeps predictions, not their sums.");

    private int Open(int candidate, int fold)
    {
        int cell = (candidate * FoldCount) + fold;
        if (_completed[cell] || _failures[cell] is not null)
        {
            throw new InvalidOperationException($"Cell of candidate {candidate}, fold {fold} is written twice.");
        }

        return cell;
    }
}
