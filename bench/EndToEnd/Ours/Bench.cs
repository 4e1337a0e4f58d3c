using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Engine.Cores;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.EndToEndBench;

/// <summary>Our side of the comparison: one study, one model, many repetitions, one line of JSON.</summary>
internal static class Bench
{
    private const string Usage =
        """
        EndToEndBench FILE.raw --model "pls(20)" [--chains "raw;snv;snv + sg(7,2,1)"] [--threads 1] [--seconds 1]
        EndToEndBench FILE.raw --arrow FILE.arrow
        EndToEndBench --smoke

        FILE.raw is written by side_by_side.py. Prints "answered" once the first answer is there, then one line of JSON. Times are milliseconds of one cross-validation, pretreatment included.
        """;

    // A setting that failed has no RMSECV.
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Runs what the arguments ask for.</summary>
    public static int Run(string[] arguments, TextWriter output)
    {
        if (arguments is ["--smoke"])
        {
            Smoke(output);
            return 0;
        }

        if (arguments.Length == 0 || arguments[0].StartsWith('-') || arguments.Length % 2 == 0)
        {
            output.WriteLine(Usage);
            return 2;
        }

        int threads = int.Parse(Option(arguments, "--threads", "1"), CultureInfo.InvariantCulture);
        double seconds = double.Parse(Option(arguments, "--seconds", "1"), CultureInfo.InvariantCulture);
        RawStudy study = RawStudy.Read(arguments[0]);
        if (Option(arguments, "--arrow", "") is { Length: > 0 } arrow)
        {
            using FileStream file = File.Create(arrow);
            ArrowSpectraWriter.Write(study.Chunk(), file);
            return 0;
        }

        Measure(study, Option(arguments, "--chains", "raw"), Option(arguments, "--model", "pls(20)"), threads, seconds, output);
        return 0;
    }

    private static void Smoke(TextWriter output)
    {
        RawStudy wide = RawStudy.Simulated(30, 60, 5);
        RawStudy tall = RawStudy.Simulated(90, 20, 3);
        foreach (int threads in new[] { 1, 2 })
        {
            Measure(wide, "raw;snv", "pls(6)", threads, 0.01, output);
            Measure(tall, "raw", "pls(6)", threads, 0.01, output);
            Measure(tall, "autoscale", "ridge(1e-4, 1e-2)", threads, 0.01, output);
        }
    }

    private static void Measure(RawStudy study, string chains, string model, int threads, double seconds, TextWriter output)
    {
        using var cores = new CorePool(threads);
        Question question = Question.Parse(study, chains, model, cores.Run);
        Laps laps = Laps.Of(question.Ask, Answered, seconds);
        var found = new
        {
            model,
            threads,
            runs = laps.Ms.Length,
            medianMs = laps.Ms[laps.Ms.Length / 2],
            minMs = laps.Ms[0],
            maxMs = laps.Ms[^1],
            cpuMs = laps.CpuMs,
            firstMs = laps.FirstMs,
            allocatedBytes = laps.AllocatedBytes,
            hash = question.Hash(),
            settings = question.Settings,
            rmsecv = question.Rmsecv(),
        };
        output.WriteLine(JsonSerializer.Serialize(found, Json));

        void Answered()
        {
            output.WriteLine("answered");
            output.Flush();
        }
    }

    private static string Option(string[] arguments, string name, string usual)
    {
        int at = Array.IndexOf(arguments, name);
        return at < 0 ? usual : arguments[at + 1];
    }
}
