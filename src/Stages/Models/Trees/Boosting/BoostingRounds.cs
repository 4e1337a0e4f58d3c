using Pipeline.Stages.Models.Trees.Boosting.Growth;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>The rounds of one calibration set, in steps that several sets take side by side.</summary>
/// <remarks>
/// A round differentiates the loss once and grows a tree for each of its outputs. One thread for all but
/// <see cref="TreeGrowth.Search"/>.
/// </remarks>
internal sealed class BoostingRounds : IDisposable
{
    /// <summary>A node while its tree grows; those of earlier trees are garbage that may not have been collected.</summary>
    private const int NodeBytes = 136;

    private readonly int[] _prefixes;
    private readonly BoostingLoss _loss;
    private readonly BoostingResponse _response;
    private readonly Matrix _sums;
    private readonly double[] _gains;
    private readonly DecisionTree[] _trees;
    private readonly Matrix _importance;
    private int _done;
    private bool _hasSplit;

    /// <summary>Rounds that have not begun.</summary>
    /// <param name="spectra">Binned calibration spectra.</param>
    /// <param name="response">What is predicted.</param>
    /// <param name="loss">The loss of the calibration responses.</param>
    /// <param name="rules">How trees grow.</param>
    /// <param name="prefixes">Numbers of rounds that will be asked for, ascending and distinct.</param>
    public BoostingRounds(BinnedSpectra spectra, BoostingResponse response, BoostingLoss loss, BoostingRules rules, int[] prefixes)
    {
        _prefixes = prefixes;
        _loss = loss;
        _response = response;
        Growth = new TreeGrowth(spectra, rules, loss.HasCurvatures);
        _sums = new Matrix(loss.Baseline.Length, spectra.Samples);
        for (int k = 0; k < _sums.Rows; k++)
        {
            _sums.Row(k).Fill(loss.Baseline[k]);
        }

        _gains = new double[spectra.Variables];
        _trees = new DecisionTree[prefixes[^1] * _sums.Rows];
        _importance = new Matrix(prefixes.Length, spectra.Variables);
    }

    /// <summary>The growth of the tree at hand.</summary>
    public TreeGrowth Growth { get; }

    /// <summary>Bytes beside the binned spectra, for m samples and p variables.</summary>
    public static long SizeBytes(long m, long p, BoostingRules rules, int prefixes, int rounds, int trees, bool hasCurvatures)
    {
        long nodes = (2 * rules.LeavesOf((int)m)) - 1;
        return TreeGrowth.SizeBytes(m, p, rules, hasCurvatures)
            + (sizeof(double) * ((trees * 3 * m) + (4 * m) + (p * (prefixes + 1L))))
            + (trees * (long)rounds * ((nodes * (33 + NodeBytes)) + 400));
    }

    /// <summary>Begins the first tree; tells whether there are splits to search.</summary>
    public bool Begin() => Next();

    /// <summary>Takes what the search of a step found; tells whether there are further splits to search.</summary>
    public bool Advance() => Growth.Advance() || Finish() || Next();

    /// <summary>What the rounds have made; after the last of them.</summary>
    public BoostedTrees ToTrees() => new(_response, _loss.Baseline, _trees, _prefixes, _importance);

    /// <inheritdoc/>
    public void Dispose() => Growth.Dispose();

    private bool Next()
    {
        while (_done < _trees.Length)
        {
            int k = _done % _sums.Rows;
            if (k == 0)
            {
                // Where no tree of a round has split, nothing has moved, and neither will any later one.
                if (_done > 0 && !_hasSplit)
                {
                    Repeat();
                    return false;
                }

                _loss.Differentiate(_sums);
                _hasSplit = false;
            }

            if (Growth.Begin(_loss.Gradients.Row(k), _loss.Curvatures.Row(k)))
            {
                return true;
            }

            Finish();
        }

        return false;
    }

    /// <summary>Keeps the tree that has grown; always false, because another one has to begin.</summary>
    private bool Finish()
    {
        _hasSplit |= Growth.Nodes.Count > 1;
        _trees[_done] = Growth.Finish(_sums.Row(_done % _sums.Rows), _gains);
        _done++;
        KeepImportance();
        return false;
    }

    private void Repeat()
    {
        while (_done < _trees.Length)
        {
            _trees[_done] = _trees[_done - 1];
            _done++;
            KeepImportance();
        }
    }

    private void KeepImportance()
    {
        int prefix = _done % _sums.Rows == 0 ? Array.IndexOf(_prefixes, _done / _sums.Rows) : -1;
        if (prefix < 0)
        {
            return;
        }

        double total = 0;
        foreach (double gain in _gains)
        {
            total += gain;
        }

        for (int j = 0; total > 0 && j < _gains.Length; j++)
        {
            _importance[prefix, j] = _gains[j] / total;
        }
    }
}
