using System.Globalization;
using System.Text.Json;
using Pipeline.EndToEndBench;
using Xunit;

namespace Pipeline.Repository.Tests;

/// <summary>Our side of the comparison with peers runs, and its answers do not depend on how it is run.</summary>
public class BenchmarkTests
{
    [Fact]
    public void EndToEnd_SmokeSize_GivesTheSameHashesForOneAndTwoThreads()
    {
        string[] hashes = [.. Run("--smoke").Select(answer => answer.GetProperty("hash").GetString()!)];
        int half = hashes.Length / 2;
        Assert.True(half > 0);
        Assert.Equal(hashes[..half], hashes[half..]);
        Assert.Equal(half, hashes.Distinct().Count());
    }

    [Fact]
    public void EndToEnd_RawFilesOfBothWidths_GiveTheSameAnswer()
    {
        // Every element is a multiple of 1/64, which both widths hold exactly.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("pipeline-bench-");
        try
        {
            string[] hashes =
            [
                .. new[] { sizeof(double), sizeof(float) }.Select(bytes =>
                {
                    string file = Path.Combine(folder.FullName, string.Create(CultureInfo.InvariantCulture, $"{bytes}.raw"));
                    Write(file, bytes);
                    return Run(file, "--model", "pls(3)", "--seconds", "0").Single().GetProperty("hash").GetString()!;
                }),
            ];
            Assert.Equal(hashes[0], hashes[1]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Write(string path, int elementBytes)
    {
        const int N = 12;
        const int P = 7;
        const int K = 3;
        using var file = new BinaryWriter(File.Create(path));
        Array.ForEach([N, P, elementBytes, K], file.Write);
        for (int i = 0; i < N * P; i++)
        {
            double value = i * 37 % 101 / 64.0;
            if (elementBytes == sizeof(float))
            {
                file.Write((float)value);
            }
            else
            {
                file.Write(value);
            }
        }

        for (int i = 0; i < N; i++)
        {
            file.Write(i * 5 % 11 / 4.0);
        }

        for (int i = 0; i < N; i++)
        {
            file.Write(i % K);
        }
    }

    private static JsonElement[] Run(params string[] arguments)
    {
        var output = new StringWriter(CultureInfo.InvariantCulture);
        Assert.Equal(0, Bench.Run(arguments, output));
        return
        [
            .. output.ToString().Split('\n')
                .Where(line => line.StartsWith('{'))
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];
    }
}
