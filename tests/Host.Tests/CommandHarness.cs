using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Host.Cli;
using Pipeline.Host.Configuration;
using Pipeline.Host.Runs;

namespace Pipeline.Host.Tests;

/// <summary>Runs commands as the shell would, in this process, in a folder of its own.</summary>
internal sealed class CommandHarness : IDisposable
{
    public CommandHarness()
    {
        Folder = Directory.CreateTempSubdirectory("pipeline-test-").FullName;
    }

    public string Folder { get; }

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string Write(string name, string text)
    {
        string path = PathOf(name);
        File.WriteAllText(path, text);
        return path;
    }

    public async Task<CommandResult> RunAsync(params string[] args)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var context = new CommandContext(
            new RunService(NullLogger<RunService>.Instance, TimeProvider.System),
            PipelineOptions.Default,
            new ConfigurationBuilder().Build(),
            NullLoggerFactory.Instance,
            output,
            error,
            errorWidth: null);
        int code = await CommandLine.RunAsync(args, context);
        return new CommandResult(code, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A small table with a smooth spectrum whose second band follows the response.</summary>
    public static string Table(int samples = 24, int variables = 30, Func<int, int, string?>? cell = null, Func<int, string?>? response = null)
    {
        var text = new StringBuilder("sample_id,protein");
        for (int j = 0; j < variables; j++)
        {
            text.Append(CultureInfo.InvariantCulture, $",{1100 + (10 * j)}");
        }

        text.Append('\n');
        for (int i = 0; i < samples; i++)
        {
            double y = 8 + (((i * 7) % samples) * 0.25);
            text.Append(CultureInfo.InvariantCulture, $"S{i:000},{response?.Invoke(i) ?? y.ToString("R", CultureInfo.InvariantCulture)}");
            for (int j = 0; j < variables; j++)
            {
                double band = Math.Exp(-Math.Pow((j - 12) / 3.0, 2));
                double other = Math.Exp(-Math.Pow((j - 22) / 4.0, 2));
                double value = 0.4 + (0.02 * y * band) + (0.1 * Math.Sin(i * 1.7) * other) + (0.001 * Math.Sin((i * 31) + (j * 17)));
                text.Append(',').Append(cell?.Invoke(i, j) ?? value.ToString("R", CultureInfo.InvariantCulture));
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}

internal sealed record CommandResult(int Code, string Output, string Error);
