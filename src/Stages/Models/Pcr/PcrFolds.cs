using System.Collections.Immutable;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pcr;

/// <summary>Principal component regression of all folds × all component counts from cross-products that the folds share.</summary>
/// <remarks>
/// Fewer calibration samples than variables: eigenvectors of the centred calibration block of one Gram matrix, taken to
/// directions in the space of variables by one product with the spectra; otherwise those of merged moments. Scores of
/// all samples on the directions are a second product, and <see cref="PcrComponents"/> finds the components among them. Time
/// n²p once and 4m³/3 + 4npA for each fold (dual), np² once and 4p³/3 + 2npA (moments); memory 2n² + np, or
/// 2Kp² + np, and m² + A(2n + p) for each lane. What a fold holds out reaches none of its bits.
/// </remarks>
internal static class PcrFolds
{
    /// <summary>Seconds for each element of a fold's cross-product, which is centred or merged, and copied.</summary>
    private const double SecondsPerProduct = 5e-9;

    /// <summary>Bytes of shared products, of the shifted spectra and of the lanes' own memory.</summary>
    public static long SizeBytes(Folds folds, long p, long components)
    {
        long n = folds.SampleCount;
        long m = FoldForms.Order(folds, p);
        long r = Math.Min(components + PcrComponents.Guard, m);
        int lanes = FoldForms.AreDual(folds, p) ? Math.Min(FoldLanes.Max, folds.Count) : 1;
        long lane = Tridiagonal.SizeBytes(m)
            + MatrixProducts.BorrowedBytes(r + 1, Math.Max(n, p), MatrixProducts.RowBlock)
            + (sizeof(double) * (((r + 1) * ((3 * n) + m + p + (4 * r))) + (8 * n) + (4 * p)));
        return ScratchMatrix.SizeBytes(n, p) + FoldForms.SharedBytes(folds, p) + (lanes * lane);
    }

    /// <summary>Seconds of all folds on one core, in the form that the shape asks for; feeds estimates alone.</summary>
    public static double Seconds(Folds folds, double variables, int components)
    {
        double n = folds.SampleCount;
        double m = n * (folds.Count - 1) / folds.Count;
        bool isDual = FoldForms.AreDual(folds, (long)variables);
        double order = isDual ? m : variables;
        double r = Math.Min(components + PcrComponents.Guard, order);

        // Directions come from all spectra in the dual form, and scores of all spectra on them in both.
        double shared = isDual ? 2 * n * n * variables : n * variables * variables;
        double passes = (isDual ? 4 : 2) * r * n * variables;
        return (shared / MatrixProducts.FlopsPerSecond)
            + (folds.Count * ((passes / MatrixProducts.FlopsPerSecond) + (SecondsPerProduct * order * order)
                + DecompositionSeconds(order, variables, components)));
    }

    /// <summary>Seconds of the components of one cross-product of an order.</summary>
    public static double DecompositionSeconds(double order, double variables, int components)
    {
        int r = (int)Math.Min(components + PcrComponents.Guard, order);
        return Tridiagonal.Seconds(order) + LeadingEigenpairs.Seconds(order, r) + PcrComponents.Seconds(r, variables);
    }

    /// <summary>Predicts the held-out samples of several folds with every component count.</summary>
    public static void Predict(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<int> components,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        if (FoldForms.AreDual(data.Folds, data.X.Columns))
        {
            PredictDual(data, folds, components, predictions, cancellation);
        }
        else
        {
            PredictFromMoments(data, folds, components, predictions, cancellation);
        }
    }

    private static void PredictDual(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<int> components,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        using FoldGrams grams = FoldGrams.Of(data, folds.Select(k => new FoldSplit(k)), cancellation);
        foreach (IGrouping<int, int> group in folds.GroupBy(k => new FoldSplit(k).ReferenceFold))
        {
            ImmutableArray<int> together = [.. group];
            using ScratchMatrix x = SharedRows.About(data, grams.Reference(new FoldSplit(together[0])));
            FoldLanes.Run(
                together,
                data.Runner,
                k => DualFold(new SharedRows(data, new FoldSplit(k)), x.View, grams, components),
                (k, answers) => answers.WriteTo(predictions, k),
                (k, reason) => FoldAnswers.FailAll(predictions, k, components.Length, reason),
                cancellation);
        }
    }

    private static FoldAnswers DualFold(SharedRows rows, MatrixView x, FoldGrams grams, ImmutableArray<int> components)
    {
        int m = rows.Calibration.Length;
        var centred = new Matrix(m, m, GC.AllocateUninitializedArray<double>(checked(m * m)));
        rows.CentreGram(grams.Gram(rows.Split), centred.Span);
        double trace = PrincipalComponents.Trace(centred);
        Matrix vectors = Leading(centred, trace, Math.Min(components.Max(), m - 1));

        // The last row holds the weight of each row in the calibration mean. Vectors sum to 0, so the reference drops out.
        var spread = new Matrix(vectors.Rows + 1, x.Rows);
        for (int a = 0; a < vectors.Rows; a++)
        {
            rows.Scatter(vectors.Row(a), spread.Row(a));
        }

        double[] weights = new double[m];
        Array.Fill(weights, 1.0 / m);
        rows.Scatter(weights, spread.Row(vectors.Rows));
        var w = new Matrix(vectors.Rows + 1, x.Columns);
        RowProducts.Times(spread.View, x, w.Span);
        PcrComponents.Orthonormalise(w.Span.RowBand(0, vectors.Rows));
        return Answer(rows, x, w.View.RowBand(0, vectors.Rows), w.Row(vectors.Rows), trace, components);
    }

    private static void PredictFromMoments(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<int> components,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        using FoldMoments moments = FoldMoments.Of(data, cancellation);
        ScratchMatrix? x = null;
        int reference = -1;
        try
        {
            moments.VisitCalibrations([.. folds.Select(k => new FoldSplit(k))], Pieces.InOrder, (split, calibration) =>
            {
                cancellation.ThrowIfCancellationRequested();
                int k = split.HeldOut;
                var rows = new SharedRows(data, new FoldSplit(k));
                double[] about = moments.Fold(rows.Split.ReferenceFold).XMeans;
                if (rows.Split.ReferenceFold != reference)
                {
                    x?.Dispose();
                    reference = rows.Split.ReferenceFold;
                    x = SharedRows.About(data, about);
                }

                MomentsFold(rows, x!.View, calibration, about, data.Autoscales, components).WriteTo(predictions, k);
            });
        }
        finally
        {
            x?.Dispose();
        }
    }

    private static FoldAnswers MomentsFold(
        SharedRows rows, MatrixView x, Moments moments, double[] about, bool autoscales, ImmutableArray<int> components)
    {
        Matrix products = moments.XX.View.ToMatrix();
        double[]? scales = autoscales ? CalibrationScales.Divide(products, moments.Count) : null;
        double trace = PrincipalComponents.Trace(products);
        Matrix w = Leading(products, trace, Math.Min(components.Max(), Math.Min(rows.Calibration.Length - 1, x.Columns)));
        PcrComponents.Orthonormalise(w.Span);
        for (int a = 0; a < w.Rows && scales is not null; a++)
        {
            CalibrationScales.Divide(w.Row(a), scales);
        }

        double[] mean = new double[about.Length];
        RowKernels.Subtract(moments.XMeans, about, mean);
        return Answer(rows, x, w.View, mean, trace, components);
    }

    private static Matrix Leading(Matrix products, double trace, int componentsMax) =>
        trace > 0
            ? LeadingEigenpairs.Of(
                new Tridiagonal(products), componentsMax + PcrComponents.Guard, PcrComponents.VarianceShareMin * trace / 100).Vectors
            : new Matrix(0, products.Rows);

    /// <summary>Components from the scores of the calibration rows, predictions from those of the held-out rows.</summary>
    private static FoldAnswers Answer(
        SharedRows rows, MatrixView x, MatrixView w, ReadOnlySpan<double> mean, double trace, ImmutableArray<int> components)
    {
        var all = new Matrix(w.Rows, x.Rows);
        double[] offsets = new double[w.Rows];
        Products.Project(w, mean, offsets);
        RowProducts.TimesTransposed(w, x, all.Span);
        Matrix calibration = Scores(all, offsets, rows.Calibration);
        Matrix heldOut = Scores(all, offsets, rows.HeldOut);
        int wanted = Math.Min(components.Max(), Math.Min(rows.Calibration.Length - 1, x.Columns));
        PcrComponents found = PcrComponents.Of(calibration.View, rows.Y, trace, wanted);
        bool isConstant = Products.Dot(rows.Y, rows.Y) == 0;
        var yHat = new Matrix(components.Length, rows.HeldOut.Length);
        double[] directions = new double[w.Rows];
        double[] t = new double[found.Count];
        double[] sums = new double[found.Count + 1];
        for (int i = 0; i < rows.HeldOut.Length; i++)
        {
            heldOut.View.CopyColumn(i, directions);
            Products.Project(found.Rotation.View, directions, t);
            PcrPath.Accumulate(rows.YMean, found.YLoadings, t, sums);
            for (int j = 0; j < components.Length; j++)
            {
                yHat[j, i] = sums[Math.Min(components[j], found.Count)];
            }
        }

        return new FoldAnswers(yHat, [.. components.Select(a => PcrFit.FailureOf(a, found.Count, isConstant))]);
    }

    private static Matrix Scores(Matrix all, double[] offsets, int[] rows)
    {
        Matrix scores = all.SelectColumns(rows);
        for (int a = 0; a < scores.Rows; a++)
        {
            foreach (ref double value in scores.Row(a))
            {
                value -= offsets[a];
            }
        }

        return scores;
    }
}
