using Pipeline.Engine.Storage;
using Xunit;

namespace Pipeline.Engine.Tests.Storage;

public sealed class NetworkFileSystemsTests
{
    private static readonly string[] Mounts =
    [
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
        "31 22 0:45 / /mnt/lab rw,nosuid shared:20 - fuse.sshfs user@lab:/data rw,user_id=0",
        "32 22 0:46 / /mnt/usb rw,nosuid - fuseblk /dev/sdb1 rw",
        "33 22 0:47 / /mnt/pool rw,nosuid - fuse.mergerfs a:b rw",
        "34 22 0:48 / /mnt/old rw,nosuid - fuse sshfs#user@lab:/data rw",
        "35 22 0:49",
        "",
    ];

    [Theory]
    [InlineData(0x00006969, "NFS")]
    [InlineData(0xFF534D42, "CIFS")]
    [InlineData(0xFE534D42, "SMB2")]
    [InlineData(0x01021997, "9p")]
    [InlineData(0x5346414F, "AFS")]
    [InlineData(0x00C36400, "Ceph")]
    [InlineData(0x0000EF53, null)]
    [InlineData(0x58465342, null)]
    [InlineData(0x9123683E, null)]
    [InlineData(0x01021994, null)]
    [InlineData(0x794C7630, null)]
    [InlineData(0x2FC12FC1, null)]
    [InlineData(0xF2F52010, null)]
    [InlineData(0, null)]
    public void NameOf_Type_IsTheNetworkOrNothing(uint type, string? name) => Assert.Equal(name, NetworkFileSystems.NameOf(type));

    [Theory]
    [InlineData(45, "sshfs")]
    [InlineData(46, null)]
    [InlineData(47, null)]
    [InlineData(48, "sshfs")]
    [InlineData(49, null)]
    [InlineData(99, null)]
    public void NameOfUserSpace_Device_IsTheProgramOfANetworkOrNothing(uint minor, string? name) =>
        Assert.Equal(name, NetworkFileSystems.NameOfUserSpace(Mounts, 0, minor));

    [Fact]
    public void NetworkFileSystem_SystemFolders_AreLocal()
    {
        string[] folders = [Path.GetTempPath(), "/dev/shm", "/proc"];
        Assert.All(folders.Where(Directory.Exists), folder => Assert.Null(new LocalStorage().NetworkFileSystem(folder)));
    }
}
