using Pipeline.Host.Tests.Reliability;
using Xunit;

namespace Pipeline.Host.Tests.Service;

/// <summary>The program as a process of its own: SIGHUP and the file itself bring new settings into it.</summary>
public sealed class SettingsReloadProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SignalFact]
    public async Task Serve_SettingsEditedAndHungUp_AppliesWhatIsValidAndKeepsTheRest()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a");
        await world.EndAsync();
        using ServedProcess daemon = ServedProcess.Serve(world.SettingsPath);
        await SaysAsync("Serving.");

        // Asked for, and nothing is new.
        await daemon.SignalAsync("HUP");
        await SaysAsync("Settings unchanged.");

        // Found without being asked.
        world.Edit("", "a", world.Folder("b", ", \"Patern\": \"*\""));
        await SaysAsync($"{world.SettingsPath}:5:");

        // Asked for; the folder that comes works at once.
        world.Edit("", "a", "b");
        world.Drop("b", 1);
        await daemon.SignalAsync("HUP");
        await SaysAsync("Settings applied: folder 'b' is watched.");
        await SaysAsync("b: Spectra from");
        await daemon.TerminateAsync(Patience);
        Assert.Equal(0, daemon.ExitCode);

        async Task SaysAsync(string text) => Assert.True(
            await daemon.WaitForAsync(line => line.Contains(text, StringComparison.Ordinal), Patience) >= 0, $"'{text}' was not said.\n{daemon.Said}");
    }
}
