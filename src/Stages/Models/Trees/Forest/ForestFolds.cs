using System.Collections.Concurrent;
using System.Collections.Immutable;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Trees.Forest.Splits;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>Predicts the held-out samples of all folds from one set of orders, in pieces of eight trees of one fold.</summary>
/// <remarks>
/// Trees are gone once their block is summed. Memory: the orders, room for the trees of at most
/// <see cref="LanesMax"/> pieces at once, and for each block and depth one sum per held-out value.
/// </remarks>
internal static class ForestFolds
{
    /// <summary>Most pieces that have room of their own at once.</summary>
    public const int LanesMax = 16;

    /// <summary>Bytes that the rooms of pieces may take together before there are fewer than <see cref="LanesMax"/>.</summary>
    private const long LaneBytesMax = 1L << 28;

    /// <summary>Pieces at once, a matter of shape alone.</summary>
    public static int Lanes(long growerBytes) => (int)Math.Clamp(LaneBytesMax / Math.Max(1, growerBytes), 1, LanesMax);

    /// <summary>Predicts every fold; see <see cref="ICandidateFamily.PredictFolds"/>.</summary>
    public static void Predict(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ForestRules rules,
        ForestReading reading,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        if (!data.Autoscales)
        {
            var spectra = new TreeSpectra(data.X, data.Y);
            ImmutableArray<Part> parts =
            [
                .. folds.Select(k => new Part(
                    k, spectra.PlacesOf(new FoldSplit(k).Calibration(data.Folds)), data.X, data.Folds.HeldOut(k).ToArray())),
            ];
            Predict(spectra, parts, data.Runner, rules, reading, predictions, cancellation);
            return;
        }

        // Deviations learnt in each fold give each fold spectra of its own.
        foreach (int k in folds)
        {
            FoldSpectra rows = data.Rows(new FoldSplit(k));
            var spectra = new TreeSpectra(rows.X, rows.Y);
            int[] heldOut = [.. Enumerable.Range(0, rows.HeldOut.Rows)];
            var part = new Part(k, [.. Enumerable.Range(0, spectra.Count)], rows.HeldOut, heldOut);
            Predict(spectra, [part], data.Runner, rules, reading, predictions, cancellation);
        }
    }

    private static void Predict(
        TreeSpectra spectra,
        ImmutableArray<Part> parts,
        PieceRunner runner,
        ForestRules rules,
        ForestReading reading,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        VariableOrders? orders = rules.DrawsCuts ? null : new VariableOrders(spectra, runner);
        int q = spectra.Y.Columns;
        Sums[] sums = [.. parts.Select(part => new Sums(reading, part.HeldOut.Length, q))];
        int pieces = parts.Length * reading.Blocks;
        int lanes = Math.Min(pieces, Lanes(TreeGrower.SizeBytes(spectra.Count, spectra.Variables, q, rules)));
        var growers = new ConcurrentBag<TreeGrower>();
        runner(lanes, lane =>
        {
            if (!growers.TryTake(out TreeGrower? grower))
            {
                grower = new TreeGrower(spectra, orders, rules);
            }

            for (int piece = lane; piece < pieces; piece += lanes)
            {
                (int block, int part) = Math.DivRem(piece, parts.Length);
                SumBlock(grower, parts[part], block, reading, sums[part], cancellation);
            }

            growers.Add(grower);
        });
        for (int f = 0; f < parts.Length; f++)
        {
            var answers = new FoldAnswers(sums[f].Means(), new string?[reading.Trees.Length]);
            answers.WriteTo(predictions, parts[f].Fold);
        }
    }

    private static void SumBlock(
        TreeGrower grower, Part part, int block, ForestReading reading, Sums sums, CancellationToken cancellation)
    {
        int end = Math.Min(reading.TreesMax, (block + 1) * ForestReading.Block);
        for (int t = block * ForestReading.Block; t < end; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            DecisionTree tree = grower.GrowOnce(part.Calibration, t, reading.Depths[^1]);
            for (int i = 0; i < part.HeldOut.Length; i++)
            {
                reading.Add(tree, part.X.Row(part.HeldOut[i]), sums.OfBlock(block, i));
            }

            sums.Keep(block, t + 1);
        }
    }

    /// <summary>A fold: which places it learns from and which rows it predicts.</summary>
    private sealed record Part(int Fold, int[] Calibration, Matrix X, int[] HeldOut);

    /// <summary>Sums of each block, and of the part of a block where a setting's trees end.</summary>
    private sealed class Sums(ForestReading reading, int samples, int q)
    {
        private readonly int _width = reading.Depths.Length * q;
        private readonly Matrix _blocks = new(reading.Blocks, checked(samples * reading.Depths.Length * q));
        private readonly Matrix _ends = new(reading.Trees.Length, samples * q);

        public Span<double> OfBlock(int block, int sample) => _blocks.Row(block).Slice(sample * _width, _width);

        /// <summary>Keeps the block as it is after so many trees for the settings that end there.</summary>
        public void Keep(int block, int trees)
        {
            for (int s = 0; s < reading.Trees.Length; s++)
            {
                for (int i = 0; i < samples && reading.Trees[s] == trees; i++)
                {
                    OfBlock(block, i).Slice(reading.DepthIndices[s] * q, q).CopyTo(_ends.Row(s)[(i * q)..]);
                }
            }
        }

        /// <summary>Settings × values.</summary>
        public Matrix Means()
        {
            var means = new Matrix(reading.Trees.Length, samples * q);
            for (int s = 0; s < means.Rows; s++)
            {
                int before = (reading.Trees[s] - 1) / ForestReading.Block;
                Span<double> row = means.Row(s);
                for (int i = 0; i < samples; i++)
                {
                    for (int c = 0; c < q; c++)
                    {
                        double sum = 0;
                        for (int b = 0; b < before; b++)
                        {
                            sum += OfBlock(b, i)[(reading.DepthIndices[s] * q) + c];
                        }

                        row[(i * q) + c] = (sum + _ends[s, (i * q) + c]) / reading.Trees[s];
                    }
                }
            }

            return means;
        }
    }
}
