using Microsoft.Extensions.Configuration;
using Pipeline.Engine;

namespace Pipeline.Host.Configuration;

/// <summary>A settings file that a person names on the command line.</summary>
internal static class SettingsFile
{
    /// <summary>The settings of a file on top of others; the environment still wins.</summary>
    public static IConfiguration On(IConfiguration configuration, string path)
    {
        // The file is the user's; what is wrong with it is the user's to mend.
        try
        {
            return new ConfigurationBuilder()
                .AddConfiguration(configuration)
                .AddJsonFile(Path.GetFullPath(path), optional: false, reloadOnChange: false)
                .AddEnvironmentVariables()
                .Build();
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            string reason = wrong.InnerException?.Message ?? wrong.Message;
            throw new StageException(FailureKind.InvalidRequest, $"Settings '{path}' cannot be read: {reason}", wrong);
        }
    }
}
