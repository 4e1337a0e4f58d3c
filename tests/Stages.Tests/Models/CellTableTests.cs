using Pipeline.Stages.Models;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Models;

public class CellTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Bytes_WrittenAndRead_AreTheSameTable(int seed)
    {
        var random = new Random(seed);
        Folds folds = new RandomFolds(3, 1).Split(SplitInput(20));
        var table = new CellTable(folds, 3, 4);
        for (int candidate = 0; candidate < table.CandidateCount; candidate++)
        {
            for (int k = 0; k < folds.Count; k++)
            {
                double[] yHat = [.. Enumerable.Range(0, folds.HeldOut(k).Length).Select(_ => (random.NextDouble() - 0.5) * 1e10)];
                switch (random.Next(4))
                {
                    case 0:
                        table.Fail(candidate, k, $"reason ü {candidate}");
                        break;
                    case 1:
                        yHat[0] = double.PositiveInfinity;
                        table.Complete(candidate, k, yHat);
                        break;
                    case 2:
                        table.Complete(candidate, k, yHat);
                        break;
                }
            }

            if (candidate % 2 == 0)
            {
                table.SetSelection(candidate, [0, 7, 300]);
                table.CountSelection(candidate, [0, 7], 301);
            }
            else if (candidate % 3 == 0)
            {
                table.FailSelection(candidate, "no variance");
            }
        }

        byte[] bytes = table.ToBytes();
        CellTable read = CellTable.FromBytes(bytes, folds, 3, 4)!;
        Assert.Equal(bytes, read.ToBytes());
        for (int candidate = 0; candidate < table.CandidateCount; candidate++)
        {
            Assert.Equal(table.Predictions(candidate).ToArray(), read.Predictions(candidate).ToArray());
            Assert.Equal(table.Selection(candidate).ToArray(), read.Selection(candidate).ToArray());
            Assert.Equal(table.TimesSelected(candidate).ToArray(), read.TimesSelected(candidate).ToArray());
            Assert.Equal(table.SelectionFailureOf(candidate), read.SelectionFailureOf(candidate));
            for (int k = 0; k < folds.Count; k++)
            {
                Assert.Equal(table.FailureOf(candidate, k), read.FailureOf(candidate, k));
                Assert.Equal(table.IsOpen(candidate, k), read.IsOpen(candidate, k));
            }
        }

        Assert.Null(CellTable.FromBytes(bytes, folds, 4, 3));
        Assert.Throws<EndOfStreamException>(() => CellTable.FromBytes(bytes[..^1], folds, 3, 4));
    }

    private static SampleGroups SplitInput(int count) => [.. Enumerable.Range(0, count).Select(i => $"S{i:000}")];
}
