using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Host.Runs;
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
            request, model, $"{about.Response}-{key}", reading.Report, rows, model.HalfWidth(request.Alpha), Check(chunk, about.Response, rows));
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
