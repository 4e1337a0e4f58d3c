using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Trees.Forest;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Trees.Forest;

/// <summary>The contracts of models and families; everything about prefixes and folds is to the bit.</summary>
public sealed class ForestFamilyTests
{
    private const int None = int.MaxValue;

    [Theory]
    [InlineData(ForestKind.Random, VariableShare.All, 40, 30)]
    [InlineData(ForestKind.Random, VariableShare.Third, 30, 70)]
    [InlineData(ForestKind.Random, VariableShare.Root, 60, 100)]
    [InlineData(ForestKind.Random, VariableShare.All, 5, 1)]
    [InlineData(ForestKind.Extra, VariableShare.All, 40, 30)]
    [InlineData(ForestKind.Extra, VariableShare.Third, 30, 70)]
    [InlineData(ForestKind.Extra, VariableShare.Root, 5, 1)]
    public void Contract_AnyShape_Holds(ForestKind kind, VariableShare share, int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 4, 1e-1, 301);
        ModelContract.Holds(new RandomForest(new ForestRules(ResponseKind.Number, kind == ForestKind.Extra, share, 1), 9, None), x, y, 1e-12);
    }

    /// <summary>Tolerance 0: a smaller forest is a prefix of a larger one, and a shallower tree is a deeper one cut off.</summary>
    [Theory]
    [InlineData(ForestKind.Random, VariableShare.All, 50, 20, 5)]
    [InlineData(ForestKind.Random, VariableShare.Third, 45, 80, 4)]
    [InlineData(ForestKind.Random, VariableShare.Root, 60, 120, 3)]
    [InlineData(ForestKind.Extra, VariableShare.All, 50, 20, 5)]
    [InlineData(ForestKind.Extra, VariableShare.Third, 45, 80, 4)]
    public void FamilyContract_AnyShape_HoldsToTheBit(ForestKind kind, VariableShare share, int n, int p, int folds)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 4, 1e-1, 302);
        FamilyContract.Holds(Family(kind, share), x, y, folds, 0);
    }

    [Theory]
    [InlineData(ForestKind.Random, VariableShare.All, 150, 40, false)]
    [InlineData(ForestKind.Random, VariableShare.Root, 150, 120, false)]
    [InlineData(ForestKind.Random, VariableShare.Third, 90, 50, true)]
    [InlineData(ForestKind.Extra, VariableShare.Third, 90, 50, false)]
    [InlineData(ForestKind.Extra, VariableShare.All, 90, 20, true)]
    public void PredictFolds_AnyShape_EqualsFoldAfterFoldToTheBit(ForestKind kind, VariableShare share, int n, int p, bool autoscales)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 4, 1e-1, 303);
        FoldContract.EqualsNaive(Family(kind, share), x, y, 5, autoscales, 0);
        FoldContract.KeepsBitsForAnyRunner(Family(kind, share), x, y, 5, autoscales);
    }

    /// <summary>Ranks and orders come from all samples; missing and equal values among held-out ones must change nothing either.</summary>
    [Theory]
    [InlineData(ForestKind.Random, VariableShare.All)]
    [InlineData(ForestKind.Random, VariableShare.Root)]
    [InlineData(ForestKind.Extra, VariableShare.All)]
    public void PredictFolds_HeldOutRowsOverwritten_KeepsEveryBit(ForestKind kind, VariableShare share)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(120, 40, 4, 1e-1, 304);
        ForestFamily family = Family(kind, share);
        CellTable before = FoldContract.Predict(family, FoldContract.Shared(x, y, 4, false, Pieces.InOrder));
        for (int k = 0; k < 4; k++)
        {
            Matrix spoilt = x.View.ToMatrix();
            Matrix ySpoilt = y.View.ToMatrix();
            for (int i = k + 4; i < x.Rows; i += 4)
            {
                spoilt.Row(i).Fill(x[i % 7, 3]);
                spoilt[i, i % 40] = double.NaN;
                ySpoilt[i, 0] = 1e6;
            }

            CellTable after = FoldContract.Predict(family, FoldContract.Shared(spoilt, ySpoilt, 4, false, Pieces.InOrder));
            for (int s = 0; s < before.CandidateCount; s++)
            {
                Assert.Equal(before.Predictions(s)[k], after.Predictions(s)[k]);
            }
        }
    }

    [Theory]
    [InlineData(ForestKind.Random)]
    [InlineData(ForestKind.Extra)]
    public void Restore_WhatWasLearnt_PredictsTheSameBits(ForestKind kind)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(40, 25, 4, 1e-1, 305);
        ForestFamily family = Family(kind, VariableShare.Third);
        IFittedModel fitted = family.Model(family.Settings[^1]).Fit(x.View, y.View);
        IFittedModel restored = ((ICandidateFamily)family).Restore(fitted.Learnt, 25);
        Assert.Equal(ModelContract.Predict(fitted, x), ModelContract.Predict(restored, x));
        double[] importance = new double[25];
        double[] again = new double[25];
        fitted.CopyImportance(importance);
        restored.CopyImportance(again);
        Assert.Equal(importance, again);
        Assert.Equal(1, importance.Sum(), 1e-12);
        Assert.Throws<StageException>(() => ((ICandidateFamily)family).Restore(fitted.Learnt, 24));
        Assert.Throws<StageException>(() => ((ICandidateFamily)family).Restore(fitted.Learnt.RemoveAt(0), 25));
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        ICandidateFamily family = Catalog.ParseFamily("forest(100, 50; depth none, 15; features sqrt; seed 7)");
        Assert.Equal(
            ["50 trees, depth 15", "100 trees, depth 15", "50 trees", "100 trees"], family.Settings.Select(family.Describe));
        Assert.Equal(new ForestRules(ResponseKind.Number, false, VariableShare.Root, 7), ((ForestFamily)family).Rules);
        Assert.Equal(4, family.SettingsFor(2, 1).Length);
        Assert.Empty(family.SettingsFor(70_000, 5));
        ICandidateFamily usual = Catalog.ParseFamily("extratreesclass");
        Assert.Equal(new ForestRules(ResponseKind.Class, true, VariableShare.Root, 42), ((ForestFamily)usual).Rules);
        Assert.Equal(["200 trees"], usual.Settings.Select(usual.Describe));
        Assert.Equal(ResponseKind.Class, usual.Responds);
        Assert.Equal("extratreesclass", usual.Name);
    }

    [Theory]
    [InlineData("forest(0)", "numbers of trees from 1 to 5000, found 0")]
    [InlineData("forest(50, 50)", "one of them twice")]
    [InlineData("forest(50; depth 0)", "depths from 1 to 1000, found 0")]
    [InlineData("forest(50; depth 3, 3)", "one of them twice")]
    [InlineData("forest(50; features half)", "expected features sqrt, features third or features all, found 'features half'")]
    [InlineData("forest(50; seed 1, 2)", "expected nothing more")]
    [InlineData("forest(many)", "expected a whole number as a number of trees, found 'many'")]
    public void Notation_Wrong_SaysWhatToWrite(string text, string message)
    {
        StageException failure = Assert.Throws<StageException>(() => Catalog.ParseFamily(text));
        Assert.Equal(FailureKind.InvalidRequest, failure.Kind);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CatalogExamples_AreReadable()
    {
        foreach (string name in new[] { "forest", "extratrees", "forestclass", "extratreesclass" })
        {
            CatalogEntry<ICandidateFamily> entry = Catalog.Families.Single(entry => entry.Name == name);
            Assert.Equal(name, Catalog.ParseFamily(entry.Example).Name);
        }
    }

    private static ForestFamily Family(ForestKind kind, VariableShare share) =>
        new(kind, ResponseKind.Number, [3, 8, 11], [2, 4, None], share, 5);
}
