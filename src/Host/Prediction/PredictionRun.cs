using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Prediction;

/// <summary>Predicts the spectra of one file by a saved model.</summary>
internal static class PredictionRun
{
    private const int KeyDigits = 12;

    /// <summary>Reads model and spectra, predicts, and compares with references where the file has them.</summary>
    /// <exception cref="StageException">The file, the model or their axes do not allow it.</exception>
    public static PredictResult Run(PredictRequest request, long memoryBytes)
    {
        ConformalInterval.RequireAlpha(request.Alpha);
        SavedModel model = ModelFolder.Load(request.ModelPath);
        (SpectralReading reading, _) = SpectraFiles.Read(request.DataPath, request.Reading, memoryBytes);
        SpectralChunk chunk = reading.Chunk;
        Matrix x = OnTheModelsAxis(request, model, chunk);
        ImmutableArray<PredictionRow> rows = model.Predict(chunk.Ids, x.View, request.Alpha);
        ModelDescription about = model.Description;
        string key = about.CandidateKey.Length > KeyDigits ? about.CandidateKey[..KeyDigits] : about.CandidateKey;
        return new PredictResult(
            request, model, $"{about.Response}-{key}", reading.Report, rows, model.HalfWidth(request.Alpha),
            model.Classes.IsEmpty ? Check(chunk, about.Response, rows) : null)
        {
            ClassCheck = ClassCheck(chunk, about.Response, model.Classes, rows),
        };
    }

    private static Matrix OnTheModelsAxis(PredictRequest request, SavedModel model, SpectralChunk chunk)
    {
        // The match knows positions; only the names of file and model are missing from what it says.
        try
        {
            return AxisMatch.Spectra(model.Axis, chunk);
        }
        catch (StageException refused)
        {
            throw new StageException(refused.Kind, $"{Path.GetFileName(request.DataPath)}, model '{request.ModelPath}': {refused.Message}", refused);
        }
    }

    /// <summary>Samples of a class that the model does not know are not counted: it cannot be right about them.</summary>
    private static ClassMetrics? ClassCheck(SpectralChunk chunk, string response, ImmutableArray<string> classes, ImmutableArray<PredictionRow> rows)
    {
        if (classes.IsEmpty || StudyBinding.ClassTexts(chunk, response) is not { } texts)
        {
            return null;
        }

        int[] known = [.. Enumerable.Range(0, rows.Length).Where(i => classes.Contains(texts[i], StringComparer.Ordinal))];
        return known.Length == 0
            ? null
            : ClassMetrics.Of(
                [.. known.Select(i => classes.IndexOf(texts[i], 0, classes.Length, StringComparer.Ordinal))],
                [.. known.SelectMany(i => rows[i].Probabilities)],
                classes.Length);
    }

    private static ReferenceCheck? Check(SpectralChunk chunk, string response, ImmutableArray<PredictionRow> rows)
    {
        if (chunk.Responses.FirstOrDefault(column => column.Name == response) is not { } column)
        {
            return null;
        }

        int[] known = [.. Enumerable.Range(0, rows.Length).Where(i => double.IsFinite(column.Values[i]))];
        if (known.Length == 0)
        {
            return null;
        }

        bool Covered(int i) => column.Values[i] >= rows[i].Lower && column.Values[i] <= rows[i].Upper;
        int[] good = [.. known.Where(i => rows[i].Flag == Verdict.Ok)];
        double[] y = [.. known.Select(i => column.Values[i])];
        double[] yHat = [.. known.Select(i => rows[i].Value)];
        return new ReferenceCheck(RegressionMetrics.Of(y, yHat), known.Count(Covered), good.Length, good.Count(Covered));
    }
}
