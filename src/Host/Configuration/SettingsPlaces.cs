using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Pipeline.Engine;

namespace Pipeline.Host.Configuration;

/// <summary>Says where a setting comes from, so that a refusal names the place that must be mended.</summary>
internal static class SettingsPlaces
{
    /// <summary>The refusal with its place before it: <c>settings.json:4:17: Pipeline:Data: …</c>.</summary>
    public static StageException Name(StageException refused, IConfiguration configuration) =>
        refused.Subject is { } key && Of(configuration, key) is { } place
            ? new StageException(refused.Kind, $"{place}: {refused.Message}", refused)
            : refused;

    /// <summary>Which source has the last word on a key, and where in it; null where none says anything near it.</summary>
    /// <remarks>A key that is missing is missed where the innermost thing around it stands.</remarks>
    public static string? Of(IConfiguration configuration, string key)
    {
        for (string near = key; near.Length > 0; near = near.LastIndexOf(':') is var colon and > 0 ? near[..colon] : "")
        {
            if (Find(configuration, near) is { } place)
            {
                return place;
            }
        }

        return null;
    }

    private static string? Find(IConfiguration configuration, string key)
    {
        IEnumerable<IConfigurationProvider> sources = configuration is IConfigurationRoot root ? root.Providers.Reverse() : [];
        foreach (IConfigurationProvider source in sources)
        {
            if (source is ChainedConfigurationProvider chained)
            {
                if (Find(chained.Configuration, key) is { } place)
                {
                    return place;
                }
            }
            else if (source.TryGet(key, out _) || source.GetChildKeys([], key).Any())
            {
                return source switch
                {
                    EnvironmentVariablesConfigurationProvider => $"environment variable {Variable(source, key).Replace(":", "__", StringComparison.Ordinal)}",
                    SettingsFile file => file.Places.TryGetValue(key, out TextPlace at) ? $"{file.Path}:{at}" : file.Path,
                    JsonConfigurationProvider { Source: { FileProvider: { } files, Path: { } name } } => Beside(files.GetFileInfo(name).PhysicalPath ?? name, key),
                    _ => null,
                };
            }
        }

        return null;
    }

    /// <summary>The first variable at or below a key: what lies between has no variable of its own.</summary>
    private static string Variable(IConfigurationProvider environment, string key)
    {
        while (!environment.TryGet(key, out _))
        {
            key = $"{key}:{environment.GetChildKeys([], key).First()}";
        }

        return key;
    }

    private static string Beside(string path, string key)
    {
        // The framework has read the file before; if it is another one by now, its name must do.
        try
        {
            return SettingsFile.Read(path).Places.TryGetValue(key, out TextPlace at) ? $"{path}:{at}" : path;
        }
        catch (StageException)
        {
            return path;
        }
    }
}
