using System.Collections.Immutable;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.LocalPls;

/// <summary>Calibration spectra and responses, of which every new spectrum finds its neighbours.</summary>
/// <remarks>
/// Nearest is by Euclidean distance between the spectra that the model sees, of equals the smaller response, then the first. Memory
/// n(p + 2) doubles. Immutable, safe for several threads.
/// </remarks>
internal sealed class LocalCalibration
{
    private const string ResponsesName = "responses";

    /// <summary>Most calibration samples around which importance is looked at.</summary>
    internal const int LookedAtMax = 32;

    private readonly KernelExpansion _centres;
    private readonly double[] _responses;

    /// <summary>Copies a calibration set.</summary>
    public LocalCalibration(CentredCalibration calibration, MatrixView y)
    {
        _centres = new KernelExpansion(calibration);
        _responses = new double[y.Rows];
        y.CopyColumn(0, _responses);
    }

    private LocalCalibration(KernelExpansion centres, double[] responses)
    {
        _centres = centres;
        _responses = responses;
    }

    /// <summary>Samples, n.</summary>
    public int Count => _responses.Length;

    /// <summary>Variables, p.</summary>
    public int VariableCount => _centres.VariableCount;

    /// <summary>The arrays from which it is restored.</summary>
    public ImmutableArray<NamedArray> Learnt => [.. _centres.Learnt, NamedArray.Of(ResponsesName, [.. _responses])];

    /// <summary>The calibration of saved numbers.</summary>
    public static LocalCalibration Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        KernelExpansion centres = KernelExpansion.Restore(learnt, variables);
        return new LocalCalibration(centres, SavedNumbers.Of(learnt, ResponsesName, centres.Count));
    }

    /// <summary>Predicts n spectra with several settings: one order of neighbours for all, one fit for each number of them.</summary>
    /// <param name="x">n × p spectra.</param>
    /// <param name="settings">Settings that have an answer.</param>
    /// <param name="places">The column of each.</param>
    /// <param name="yHat">The predictions; other columns are not touched.</param>
    public void Predict(MatrixView x, ReadOnlySpan<LocalPlsSetting> settings, ReadOnlySpan<int> places, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, VariableCount, nameof(x));
        if (settings.IsEmpty)
        {
            return;
        }

        int componentsMax = 0;
        var counts = new SortedSet<int>();
        foreach (LocalPlsSetting setting in settings)
        {
            componentsMax = Math.Max(componentsMax, setting.Components);
            counts.Add(setting.Neighbours);
        }

        var fit = new LocalFit(counts.Max, VariableCount, componentsMax);
        double[] predictions = new double[componentsMax + 1];
        double[] spectrum = new double[VariableCount];
        double[] squared = new double[Count];
        int[] order = new int[Count];
        int[] neighbours = new int[counts.Max];
        for (int i = 0; i < x.Rows; i++)
        {
            _centres.Distances(x.Row(i), spectrum, squared);
            Order(squared, order);
            foreach (int count in counts)
            {
                Span<int> nearest = neighbours.AsSpan(0, count);
                order.AsSpan(0, count).CopyTo(nearest);
                nearest.Sort();
                fit.Predict(_centres, _responses, nearest, spectrum, predictions);
                for (int s = 0; s < settings.Length; s++)
                {
                    if (settings[s].Neighbours == count)
                    {
                        yHat[i, places[s]] = predictions[settings[s].Components];
                    }
                }
            }
        }
    }

    /// <summary>
    /// Root mean square, over the fits around up to 32 calibration samples spread over the responses, of variable importance in projection
    /// (VIP); fits whose responses are all equal have none.
    /// </summary>
    public void CopyImportance(LocalPlsSetting setting, Span<double> importance)
    {
        importance.Clear();
        int[] byResponse = [.. Enumerable.Range(0, Count).OrderBy(i => _responses[i]).ThenBy(i => i)];
        int looked = Math.Min(LookedAtMax, Count);
        double[] one = new double[VariableCount];
        double[] squared = new double[Count];
        int[] order = new int[Count];
        int fits = 0;
        for (int l = 0; l < looked; l++)
        {
            int centre = byResponse[(int)((long)l * Count / looked)];
            for (int j = 0; j < Count; j++)
            {
                RowKernels.Subtract(_centres.Centre(centre), _centres.Centre(j), one);
                squared[j] = Products.Dot(one, one);
            }

            Order(squared, order);
            int[] nearest = [.. order[..setting.Neighbours].Order()];
            if (TryImportance(nearest, setting.Components, one))
            {
                fits++;
                for (int j = 0; j < one.Length; j++)
                {
                    importance[j] += one[j] * one[j];
                }
            }
        }

        for (int j = 0; j < importance.Length && fits > 0; j++)
        {
            importance[j] = Math.Sqrt(importance[j] / fits);
        }
    }

    private bool TryImportance(int[] nearest, int components, double[] importance)
    {
        var x = new Matrix(nearest.Length, VariableCount);
        var y = new Matrix(nearest.Length, 1);
        for (int i = 0; i < nearest.Length; i++)
        {
            _centres.Centre(nearest[i]).CopyTo(x.Row(i));
            y[i, 0] = _responses[nearest[i]];
        }

        using CentredCalibration calibration = CentredCalibration.Of(x.View, y.View);
        var pls = new KernelPls(calibration, components);
        pls.CopyImportance(components, importance);
        return pls.Count > 0;
    }

    private void Order(double[] squared, int[] order)
    {
        for (int j = 0; j < order.Length; j++)
        {
            order[j] = j;
        }

        Array.Sort(order, (i, j) =>
        {
            int byDistance = squared[i].CompareTo(squared[j]);
            int byResponse = byDistance != 0 ? byDistance : _responses[i].CompareTo(_responses[j]);
            return byResponse != 0 ? byResponse : i.CompareTo(j);
        });
    }
}
